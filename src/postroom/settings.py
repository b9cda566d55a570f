"""One frozen settings object, read once at start from arguments, environment, `.env` and a TOML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from postroom.errors import Permanent

CONFIG_FILE = "postroom.toml"


class SettingsError(Permanent):
    """A setting cannot be used as given; the message names it and says what is allowed."""

    code = "SettingsError"


class Settings(BaseSettings):
    """What an operator may set. Times are seconds, sizes bytes, unless a name says otherwise.

    Precedence: command line, environment (`POSTROOM_` + the upper-case name), `.env`, `postroom.toml`, default.
    """

    model_config = SettingsConfigDict(
        env_prefix="POSTROOM_", env_file=".env", extra="ignore", frozen=True, toml_file=CONFIG_FILE
    )

    host: str = Field("127.0.0.1", description="Address the HTTP API listens on.")
    port: int = Field(3000, ge=0, le=65535, description="Port the HTTP API listens on; 0 lets the system pick one.")
    database_url: str | None = Field(
        None, description="`postgresql://…` or `sqlite:///PATH`; default: `postroom.db` in the data directory."
    )
    data_dir: Path = Field(Path("data"), description="Folder for the SQLite database and the key file.")
    secret: SecretStr | None = Field(
        None, description="Encryption key material. Absent: a key file is made once in the data directory (mode 0600)."
    )
    previous_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="Older secrets still accepted for reading, newest first, separated by commas."
    )
    token: SecretStr | None = Field(None, description="An API token accepted with all rights (prepared deployments).")

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least severe level logged.")
    log_format: Literal["console", "json"] = Field("console", description="How a log line is written.")
    shutdown_timeout: float = Field(10.0, gt=0, description="Bound on an orderly stop: log-outs and open requests.")

    workers: int = Field(
        1, ge=1, le=256, description="Processes of `serve` that share the port; more than one needs PostgreSQL."
    )
    heartbeat: float = Field(2.5, gt=0, description="A node says this often that it lives.")
    lease: float = Field(10.0, gt=0, description="Accounts of a node that was silent for this long go to the others.")
    outage_grace: float = Field(
        120.0, gt=0, description="Connections are kept for this long while the database does not answer."
    )
    moves_per_second: int = Field(
        10, ge=1, description="Accounts that a node with too many hands over in a second, at most."
    )
    drain_moves_per_second: int = Field(
        50, ge=1, description="Accounts that a node which is drained hands over in a second, at most."
    )

    max_body_size: int = Field(
        5 * 1024 * 1024, ge=1024, description="Largest request body the API accepts; more is answered 413."
    )
    host_policy: Literal["any", "public"] = Field(
        "any",
        description="Mail servers a caller may name: `any` but link-local and cloud metadata, or `public` only.",
    )
    autoconfig_private_addresses: bool = Field(
        False, description="Looking for a domain's mail servers may ask web servers at private and loopback addresses."
    )
    sign_in_private_addresses: bool = Field(
        False, description="People may name mail servers at private and loopback addresses on the hosted sign-in page."
    )
    ispdb_url: str = Field(
        "https://autoconfig.thunderbird.net/v1.1/",
        description="Mozilla's database of mail servers, asked for domains nobody else knows; empty for none.",
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Addresses or networks whose `X-Forwarded-For` is believed, separated by commas."
    )

    connect_timeout: float = Field(30.0, gt=0, description="Limit for name resolution and for a TCP connection.")
    tls_timeout: float = Field(20.0, gt=0, description="Limit for a TLS handshake.")
    greeting_timeout: float = Field(20.0, gt=0, description="Limit until a mail server has sent its greeting.")
    command_timeout: float = Field(60.0, gt=0, description="Limit without any data while one IMAP command runs.")
    idle_renewal: float = Field(300.0, gt=1, description="IDLE is ended and begun again after this time.")
    poll_interval: float = Field(60.0, gt=0, description="Poll interval for servers without IDLE.")
    resync_interval: float = Field(900.0, gt=1, description="The folder list is read again after this time.")
    folder_poll_interval: float = Field(
        60.0,
        gt=0,
        description="Folders that were active lately are asked about so often where the server does not tell.",
    )
    quiet_folder_poll_interval: float = Field(900.0, gt=0, description="Likewise for folders that are quiet.")
    flag_scan_interval: float = Field(
        900.0, gt=0, description="All flags are read so often on servers that cannot tell which ones changed."
    )
    resync_flags_up_to: int = Field(
        20_000,
        ge=0,
        description="On such servers a new connection reads the flags of folders with up to so many messages at once, "
        "and those of larger ones little by little.",
    )
    ca_file: Path | None = Field(None, description="Extra certificate authorities for mail servers (PEM).")

    retry_min: float = Field(1.0, gt=0, description="First delay after a connection failure; it doubles with jitter.")
    retry_max: float = Field(600.0, gt=0, description="Longest delay after connection failures.")
    stable_after: float = Field(300.0, ge=0, description="A connection that lived this long resets the retry delay.")
    auth_retry_delays: Annotated[tuple[float, ...], NoDecode] = Field(
        (60.0, 300.0, 1800.0, 21600.0),
        min_length=1,
        description="Delays after refused credentials, separated by commas; the last one repeats.",
    )
    auth_give_up_after: float = Field(
        3 * 86400.0, gt=0, description="An account whose credentials were refused for this long stops trying."
    )
    logins_per_host: int = Field(24, ge=1, description="Sign-ins in progress at one mail server at a time.")
    logins_total: int = Field(100, ge=1, description="Sign-ins in progress in this process at a time.")

    webhook_timeout: float = Field(30.0, gt=0, description="Limit for one webhook request.")
    webhook_concurrency: int = Field(50, ge=1, description="Webhook requests in flight at a time.")
    webhook_private_addresses: bool = Field(
        True, description="Webhooks may go to private and loopback addresses; link-local ones are always refused."
    )
    event_retention: float = Field(7 * 86400.0, gt=0, description="Events are kept for this long.")
    event_limit: int = Field(
        2_000_000, ge=1000, description="No more events than this are kept, but for those still to be delivered."
    )
    timeline_length: int = Field(500, ge=10, description="State changes kept per account.")

    @field_validator("previous_secrets", "trusted_proxies", "auth_retry_delays", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("lease")
    @classmethod
    def _outlasts_heartbeats(cls, value: float, info: ValidationInfo) -> float:
        if value < 3 * info.data.get("heartbeat", 0.0):
            raise ValueError("must be at least three times POSTROOM_HEARTBEAT")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_engine(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("sqlite:///", "postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql:// or sqlite:///")
        if value == "sqlite:///":
            raise ValueError("must name a file: sqlite:///PATH")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line, environment, `.env`, then `postroom.toml` in the working directory."""
        return (init_settings, env_settings, dotenv_settings, TomlConfigSettingsSource(settings_cls))

    @property
    def resolved_database_url(self) -> str:
        """The database in use: the one given, or the SQLite file in the data directory."""
        if self.database_url:
            return self.database_url.replace("postgres://", "postgresql://", 1)
        return f"sqlite:///{self.data_dir.resolve() / 'postroom.db'}"
