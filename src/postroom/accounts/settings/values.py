"""The settings of an account as values: what it connects to, as whom, and where its events go. Pure.

A field is None where the account's settings do not name it. `extra` keeps what this version has no field for, so that
a row of another version is written back whole. Outside this folder nothing looks into it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from postroom.accounts.settings.secret import Secret, SecretUrl

__all__ = [
    "NOTHING",
    "NOT_LISTED",
    "NO_SETTINGS",
    "AccountSettings",
    "Auth",
    "CustomHeader",
    "Extra",
    "ImapSettings",
    "Listed",
    "OAuth2Settings",
    "OAuth2User",
    "Protocol",
    "ServerSettings",
    "SmtpSettings",
    "Tls",
]

Protocol: TypeAlias = Literal["imap", "smtp", "api"]
"""What credentials are for; `api` is whoever reads an access token through the API."""

Extra: TypeAlias = Mapping[str, Any]
NOTHING: Final[Extra] = {}


def _nothing() -> Extra:
    return NOTHING


@dataclass(frozen=True, slots=True)
class Auth:
    """Who signs in to one server, with a password or with an access token that the caller renews."""

    user: str | None = None
    password: Secret | None = None
    access_token: Secret | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)

    @property
    def holds_secret(self) -> bool:
        """Whether there is something to sign in with."""
        return bool(self.password or self.access_token)


@dataclass(frozen=True, slots=True)
class Tls:
    """What is demanded of TLS with one server; `min_version` is one of `TLSv1` to `TLSv1.3`."""

    reject_unauthorized: bool | None = None
    min_version: str | None = None
    allow_plaintext: bool | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The SMTP server. `secure` is TLS from the first byte; None leaves it to the port."""

    host: str | None = None
    port: int | None = None
    secure: bool | None = None
    auth: Auth | None = None
    use_auth_server: bool | None = None
    tls: Tls | None = None
    disabled: bool | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """The IMAP server, and how its mailbox is treated. `resync_delay` is seconds; paths are folders for each role."""

    host: str | None = None
    port: int | None = None
    secure: bool | None = None
    auth: Auth | None = None
    use_auth_server: bool | None = None
    tls: Tls | None = None
    disabled: bool | None = None
    resync_delay: int | None = None
    disable_imap4rev2: bool | None = None
    sent_mail_path: str | None = None
    drafts_mail_path: str | None = None
    junk_mail_path: str | None = None
    trash_mail_path: str | None = None
    archive_mail_path: str | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)

    @property
    def chosen_roles(self) -> dict[str, str]:
        r"""The folders that the account chooses for roles: path by role, e.g. `\\Sent`."""
        named = {
            "\\Sent": self.sent_mail_path,
            "\\Drafts": self.drafts_mail_path,
            "\\Junk": self.junk_mail_path,
            "\\Trash": self.trash_mail_path,
            "\\Archive": self.archive_mail_path,
        }
        return {role: path for role, path in named.items() if path}


ServerSettings: TypeAlias = ImapSettings | SmtpSettings


@dataclass(frozen=True, slots=True)
class OAuth2User:
    """Whose mailbox it is; `delegated_account` is the account whose credentials are borrowed."""

    user: str | None = None
    delegated_user: str | None = None
    delegated_account: str | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)


_NOBODY: Final = OAuth2User()


@dataclass(frozen=True, slots=True)
class OAuth2Settings:
    """The sign-in with access tokens of an OAuth2 application. `expires` and `generated` are ISO 8601 times."""

    provider: str | None = None
    enabled: bool | None = None
    auth: OAuth2User | None = None
    access_token: Secret | None = None
    refresh_token: Secret | None = None
    expires: str | None = None
    generated: str | None = None
    use_auth_server: bool | None = None
    authority: str | None = None
    authorize: bool | None = None
    redirect_url: str | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)

    @property
    def is_enabled(self) -> bool:
        """Whether it is used; it is unless it says otherwise."""
        return self.enabled is not False

    @property
    def who(self) -> OAuth2User:
        """Whose mailbox it is, also where nobody is named."""
        return self.auth or _NOBODY

    @property
    def mailbox(self) -> str:
        """The user whose mailbox is opened: the delegated one, or whoever signs in; empty if neither is named."""
        return self.who.delegated_user or self.who.user or ""


@dataclass(frozen=True, slots=True)
class CustomHeader:
    """A header of the account's own, sent with its webhooks; the value is None where none was ever given."""

    key: str
    value: Secret | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Everything that an account's settings may hold.

    `notify_from` and `sync_from` are ISO 8601 times. `public_hosts`: the mail servers were named by somebody who may
    name public ones only. `own_receiver`: `webhooks` was named by somebody who does not see the installation's headers.
    """

    imap: ImapSettings | None = None
    smtp: SmtpSettings | None = None
    oauth2: OAuth2Settings | None = None
    webhooks: SecretUrl | None = None
    webhooks_custom_headers: tuple[CustomHeader, ...] | None = None
    proxy: SecretUrl | None = None
    path: tuple[str, ...] | None = None
    subconnections: tuple[str, ...] | None = None
    notify_from: str | None = None
    sync_from: str | None = None
    imap_indexer: str | None = None
    smtp_ehlo_name: str | None = None
    expected_email: str | None = None
    copy: bool | None = None
    logs: bool | None = None
    locale: str | None = None
    tz: str | None = None
    public_hosts: bool | None = None
    own_receiver: bool | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)

    def server(self, protocol: Protocol) -> ServerSettings | None:
        """Return the server of a protocol, None where there is none."""
        if protocol == "imap":
            return self.imap
        return self.smtp if protocol == "smtp" else None

    @property
    def wants_imap(self) -> bool:
        """Whether there is an IMAP connection to hold."""
        if self.imap is not None:
            return not self.imap.disabled
        return self.oauth2 is not None and self.oauth2.is_enabled

    @property
    def chosen_roles(self) -> dict[str, str]:
        """The folders that the account chooses for roles: path by role; empty without IMAP settings."""
        return self.imap.chosen_roles if self.imap is not None else {}

    @property
    def wants_smtp(self) -> bool:
        """Whether there is an SMTP server of the account's own to sign in to."""
        return self.smtp is not None and not self.smtp.disabled

    @property
    def refuses_smtp(self) -> bool:
        """Whether `smtp: false` was said: then the SMTP server of the OAuth2 provider is not used either."""
        return self.extra.get("smtp") is False

    @property
    def lender(self) -> str | None:
        """The account whose credentials are borrowed, None if these settings have their own."""
        return (self.oauth2.who.delegated_account or None) if self.oauth2 is not None else None

    def uses_oauth2(self, protocol: Protocol = "imap") -> bool:
        """Say whether a protocol signs in with the access token of the `oauth2` settings."""
        if self.oauth2 is None or not self.oauth2.is_enabled:
            return False
        server = self.server(protocol)
        return server is None or not ((server.auth is not None and server.auth.user) or server.use_auth_server)


NO_SETTINGS: Final = AccountSettings()


class Listed(NamedTuple):
    """What the list of accounts shows of settings, URLs masked."""

    webhooks: str | None = None
    proxy: str | None = None
    smtp_ehlo_name: str | None = None


NOT_LISTED: Final = Listed()
