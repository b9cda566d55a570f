"""One frozen settings object, read once at start from arguments, environment, `.env` and a TOML file."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from postroom import setting_rules as rules
from postroom.database_url import with_password
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

ENV_FILE = ".env"
CONFIG_FILE = "postroom.toml"


class SettingsError(Permanent):
    """A setting cannot be used as given; the message names it and says what is allowed."""

    code = "SettingsError"


_LISTS: Final = (
    "previous_secrets",
    "trusted_proxies",
    "auth_retry_delays",
    "bound_token_fields",
    "cors_origins",
    "oidc_emails",
)
# Compose files and charts pass on variables that are not set, as empty strings.
_OPTIONAL: Final = (
    "database_url",
    "database_password",
    "secret",
    "token",
    "service_url",
    "ca_file",
    "admin_password",
    "oidc_issuer",
    "oidc_client_id",
    "oidc_client_secret",
    "oidc_claim",
)


class Settings(BaseModel):
    """The settings of an operator. Times are seconds, sizes bytes, unless a name says otherwise.

    Precedence: command line, environment (`POSTROOM_` + the upper-case name), `.env`, `postroom.toml`, default.
    """

    model_config = ConfigDict(extra="ignore", frozen=True, validate_default=True)

    host: str = Field("127.0.0.1", description="Address the HTTP API listens on.")
    port: int = Field(3000, ge=0, le=65535, description="Port the HTTP API listens on; 0 lets the system pick one.")
    database_url: str | None = Field(
        None, description="`postgresql://…` or `sqlite:///PATH`; default: `postroom.db` in the data directory."
    )
    database_password: SecretStr | None = Field(
        None, description="Password for PostgreSQL, unescaped; overrides one in the URL."
    )
    data_dir: Path = Field(Path("data"), description="Folder for the SQLite database and the key file.")
    secret: SecretStr | None = Field(
        None, description="Encryption key material. Absent: a key file is made once in the data directory (mode 0600)."
    )
    previous_secrets: tuple[SecretStr, ...] = Field(
        (), description="Older secrets still accepted for reading, newest first, separated by commas."
    )
    token: SecretStr | None = Field(None, description="An API token accepted with all rights (prepared deployments).")

    service_url: str | None = Field(
        None, description="Public origin of this installation: the default of the run-time setting `serviceUrl`."
    )

    dashboard: bool = Field(True, description="Serve the dashboard at `/`.")
    admin_password: SecretStr | None = Field(
        None,
        description="Password of the dashboard, at least 12 characters. Absent: the first visit sets one, with a code "
        "that the start prints.",
    )
    oidc_issuer: str | None = Field(
        None,
        description="OpenID Connect provider whose users may sign in to the dashboard, such as `https://id.example.com`.",
    )
    oidc_client_id: str | None = Field(
        None, validate_default=True, description="The id that this provider gave to the dashboard."
    )
    oidc_client_secret: SecretStr | None = Field(None, description="The secret that belongs to this id.")
    oidc_emails: tuple[str, ...] = Field(
        (),
        description="Who may sign in with OpenID Connect: e-mail addresses that the provider has verified, or whole "
        "domains such as `@example.com`, separated by commas.",
    )
    oidc_claim: str | None = Field(
        None,
        validate_default=True,
        description="Another way to say who may: a claim and its value, such as `groups=postroom-admins`.",
    )

    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe level logged: `debug`, `info`, `warning` or `error`."
    )
    log_format: Literal["console", "json"] = Field(
        "console", description="How a log line is written: `console` for people, or `json`."
    )
    traces: bool = Field(
        False, description="Send OpenTelemetry traces, by OTLP over HTTP as the `OTEL_…` variables say."
    )
    access_log: bool = Field(False, description="Log each request: method, route, status, duration and address.")
    shutdown_timeout: float = Field(10.0, gt=0, description="Bound on an orderly stop: log-outs and open requests.")

    workers: int = Field(
        1, ge=1, le=256, description="Processes of `serve` that share the port; more than one needs PostgreSQL."
    )
    heartbeat: float = Field(2.5, gt=0, description="Interval of a node's heartbeat.")
    lease: float = Field(
        10.0, gt=0, description="A node without a heartbeat for this long loses its accounts to the others."
    )
    outage_grace: float = Field(
        120.0, gt=0, description="Connections are kept for this long while the database does not answer."
    )
    moves_per_second: int = Field(
        10, ge=1, description="The most accounts that a node with too many hands over in a second."
    )
    drain_moves_per_second: int = Field(
        50, ge=1, description="The most accounts that a draining node hands over in a second."
    )

    max_body_size: int = Field(
        5 * 1024 * 1024,
        ge=1024,
        description="Largest request body the API accepts, except with messages to send; more is answered 413.",
    )
    max_message_size: int = Field(
        25 * 1024 * 1024, ge=1024, description="Largest message that is accepted for sending; more is answered 413."
    )
    max_connections: int = Field(
        2000,
        ge=10,
        description="Open connections to the API at a time; fewer if the limit of open files is low.",
    )
    max_connections_per_address: int = Field(
        200,
        ge=1,
        description="The same for one address; does not apply to loopback and `POSTROOM_TRUSTED_PROXIES`.",
    )
    head_timeout: float = Field(15.0, gt=0, description="Limit until the whole head of a request has arrived.")
    body_timeout: float = Field(30.0, gt=0, description="Limit until the whole body of a request has arrived.")
    keep_alive: float = Field(75.0, gt=0, description="A connection without a request is closed after this time.")
    host_policy: Literal["any", "public"] = Field(
        "any",
        description="Mail servers that a caller may name: `any` (except link-local and cloud metadata addresses) or "
        "only `public` ones.",
    )
    autoconfig_private_addresses: bool = Field(
        False,
        description="The search for a domain's mail servers may ask web servers at private and loopback addresses.",
    )
    sign_in_private_addresses: bool = Field(
        False,
        description="People on the hosted sign-in page, and tokens bound to an account, may name mail servers at "
        "private and loopback addresses.",
    )
    bound_token_fields: tuple[str, ...] = Field(
        (),
        description="Fields of its account that a bound token may change besides its usual ones, separated by commas.",
    )
    ispdb_url: str = Field(
        "https://autoconfig.thunderbird.net/v1.1/",
        description="Mozilla's database of mail servers, asked when a domain is not found otherwise; empty to switch "
        "it off.",
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Addresses or networks whose `X-Forwarded-For` is believed, separated by commas."
    )

    cors_origins: tuple[str, ...] = Field(
        (), description="Origins whose pages may use the API from a browser, separated by commas; `*` for all."
    )

    streams: int = Field(
        1000, ge=1, description="Event streams that one process serves, besides those kept for tokens with full access."
    )
    streams_per_token: int = Field(
        100,
        ge=1,
        description="The most event streams for one token without full access, and for all tokens of one account "
        "together.",
    )
    wrong_token_limit: int = Field(
        60,
        ge=0,
        description="Wrong API tokens that one address may send in a minute; more are answered 429. 0: no limit.",
    )

    connect_timeout: float = Field(30.0, gt=0, description="Limit for name resolution and for a TCP connection.")
    tls_timeout: float = Field(20.0, gt=0, description="Limit for a TLS handshake.")
    greeting_timeout: float = Field(20.0, gt=0, description="Limit until a mail server has sent its greeting.")
    command_timeout: float = Field(
        60.0,
        gt=0,
        description="Limit for a whole sign-in, from the greeting on; after that, for the server's silence during an "
        "IMAP command.",
    )
    idle_renewal: float = Field(300.0, gt=1, description="IDLE is renewed after this time.")
    poll_interval: float = Field(60.0, gt=0, description="Poll interval for servers without IDLE.")
    resync_interval: float = Field(900.0, gt=1, description="The folder list is read again after this time.")
    folder_poll_interval: float = Field(
        60.0,
        gt=0,
        description="Interval for asking about recently active folders when the server does not report changes.",
    )
    quiet_folder_poll_interval: float = Field(900.0, gt=0, description="The same for quiet folders.")
    flag_scan_interval: float = Field(
        900.0, gt=0, description="Interval for reading all flags on servers that cannot tell which ones changed."
    )
    resync_flags_up_to: int = Field(
        20_000,
        ge=0,
        description="On such servers, a new connection reads all flags at once in folders with up to this many "
        "messages, and in steps in larger ones.",
    )
    folder_limit: int = Field(
        10_000,
        ge=100,
        le=100_000,
        description="The most folders of one account that are followed; `sync.leftOut` of the account counts the "
        "others. A server that lists ten times as many is not connected to again for a long while.",
    )
    thread_index: bool = Field(
        True,
        description="Keep an index of hashed Message-IDs, for threads and for ids that outlive a move.",
    )
    ca_file: Path | None = Field(None, description="Extra certificate authorities for mail servers (PEM).")

    retry_min: float = Field(1.0, gt=0, description="First delay after a connection failure; it doubles with jitter.")
    retry_max: float = Field(600.0, gt=0, description="Longest delay after connection failures.")
    stable_after: float = Field(300.0, ge=0, description="A connection that lasted this long resets the retry delay.")
    auth_retry_delays: tuple[float, ...] = Field(
        (60.0, 300.0, 1800.0, 21600.0),
        min_length=1,
        description="Delays after refused credentials, separated by commas; the last one repeats.",
    )
    auth_give_up_after: float = Field(
        3 * 86400.0, gt=0, description="An account whose credentials were refused for this long stops trying."
    )
    logins_per_host: int = Field(24, ge=1, description="The most sign-ins in progress at one mail server at a time.")
    logins_total: int = Field(
        100,
        ge=1,
        description="The most sign-ins in progress in this process at a time; one that takes over 3 s no longer "
        "counts.",
    )

    webhook_timeout: float = Field(30.0, gt=0, description="Limit for one webhook request.")
    sending_lanes: int = Field(200, ge=1, description="The most accounts that a process sends messages of at a time.")
    webhook_concurrency: int = Field(50, ge=1, description="Webhook requests in flight at a time.")
    webhook_private_addresses: bool = Field(
        True, description="Webhooks may go to private and loopback addresses; link-local ones are always refused."
    )
    event_retention: float = Field(7 * 86400.0, gt=0, description="Events are kept for this long.")
    event_limit: int = Field(
        2_000_000, ge=1000, description="The most events that are kept, not counting those still to be delivered."
    )
    remote_images: Literal["keep", "drop"] = Field(
        "keep",
        description="Images on the web in safe HTML: `keep` them, or `drop` them, so that a page does not load them.",
    )
    timeline_length: int = Field(500, ge=10, description="State changes kept per account.")

    _split = field_validator(*_LISTS, mode="before")(rules.split)
    _blank = field_validator(*_OPTIONAL, mode="before")(rules.blank_is_none)
    _origin = field_validator("service_url")(rules.one_origin)
    _origins = field_validator("cors_origins")(rules.origins)
    _long_enough = field_validator("admin_password")(rules.long_enough)
    _web_address = field_validator("oidc_issuer")(rules.web_address)
    _has_client = field_validator("oidc_client_id")(rules.has_client)
    _names_somebody = field_validator("oidc_claim")(rules.names_somebody)
    _outlasts = field_validator("lease")(rules.outlasts_heartbeats)
    _engine = field_validator("database_url")(rules.known_engine)

    # pydantic-settings does the same, but its command line and its sources in clouds take 2 MiB.
    def __init__(self, *, _env_file: str | None = ENV_FILE, **given: Any) -> None:
        super().__init__(**_in_toml() | _among(_in_env_file(_env_file)) | _among(os.environ) | given)

    @property
    def max_message_body_size(self) -> int:
        """The largest body of a request with a message in base64, whose lines may be escaped in JSON."""
        return max(self.max_body_size, self.max_message_size * 7 // 5 + 1024 * 1024)

    @property
    def resolved_database_url(self) -> str:
        """The database to use: the given one, or the SQLite file in the data directory."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir.resolve() / 'postroom.db'}"
        url = self.database_url.replace("postgres://", "postgresql://", 1)
        if self.database_password is None or url.startswith("sqlite:"):
            return url
        return with_password(url, self.database_password.get_secret_value())

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite database, None with PostgreSQL."""
        url = self.resolved_database_url
        return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:") else None


def _among(variables: Mapping[str, str | None]) -> dict[str, str]:
    """Return the settings among these variables; the case of a name does not matter."""
    values = {name.lower(): value for name, value in variables.items() if value is not None}
    return {name: values[key] for name in Settings.model_fields if (key := f"{rules.PREFIX}{name}".lower()) in values}


def _in_env_file(name: str | None) -> Mapping[str, str | None]:
    # A pipe can stand in for the file, so that secrets need not be on a disk.
    if name is None or not (Path(name).is_file() or Path(name).is_fifo()):
        return {}
    try:
        return dotenv_values(name)
    except UnicodeDecodeError as error:
        raise _unreadable(name, error) from error


def _in_toml() -> dict[str, Any]:
    if not Path(CONFIG_FILE).is_file():
        return {}
    try:
        return tomllib.loads(Path(CONFIG_FILE).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _unreadable(CONFIG_FILE, error) from error


def _unreadable(file: str, error: ValueError) -> SettingsError:
    return SettingsError(f"{file} cannot be read: {error}. Correct it or take it away.")


def unknown_settings() -> list[rules.Unknown]:
    """Return names in the environment, `.env` and `postroom.toml` that look like settings but are not."""
    names = {f"{rules.PREFIX}{name.upper()}" for name in Settings.model_fields}
    found = [*rules.misspelt("the environment", os.environ, names)]
    if Path(ENV_FILE).is_file():
        found += rules.misspelt(ENV_FILE, dotenv_values(ENV_FILE), names)
    lower = set(Settings.model_fields)
    found += [rules.Unknown(name, CONFIG_FILE, rules.near(name, lower)) for name in _in_toml() if name not in lower]
    return found


def places_of(settings: Settings) -> dict[str, str]:
    """Return where each setting comes from: the environment, a file, the command line, or `default`."""
    places: dict[str, Mapping[str, object]] = {"environment": os.environ}
    if Path(ENV_FILE).is_file():
        places[ENV_FILE] = dotenv_values(ENV_FILE)
    places[CONFIG_FILE] = _in_toml()
    return {
        name: rules.place(name, getattr(settings, name), places) if name in settings.model_fields_set else "default"
        for name in Settings.model_fields
    }


def files_with_secrets() -> list[Path]:
    """Return which of `.env` and `postroom.toml` hold a secret."""
    secret = {
        "secret",
        "previous_secrets",
        "token",
        "database_password",
        "database_url",
        "admin_password",
        "oidc_client_secret",
    }
    found = []
    if Path(ENV_FILE).is_file():
        named = {name.upper() for name, value in dotenv_values(ENV_FILE).items() if value}
        found += [Path(ENV_FILE)] if named & {f"{rules.PREFIX}{name.upper()}" for name in secret} else []
    found += [Path(CONFIG_FILE)] if secret & set(_in_toml()) else []
    return found


@dataclass(frozen=True, slots=True)
class ServiceManager:
    """Where and how often systemd wants its services to report: `watchdog` is in seconds, None for never."""

    address: str
    watchdog: float | None


def service_manager() -> ServiceManager | None:
    """Return what the service manager wants to be told (sd_notify(3)), None without one."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return None
    interval = os.environ.get("WATCHDOG_USEC", "")
    return ServiceManager(address, int(interval) / 1_000_000 if interval.isdigit() and int(interval) else None)
