"""The settings of an account as values: which servers and users it connects with, and where its events go. Pure.

A field is None if the account's settings do not name it. `extra` keeps values that this version has no field for, so
that rows of other versions survive a rewrite. No code outside this folder reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from postroom.accounts.settings.secret import Secret, SecretUrl
from postroom.footprint.dataclass import dataclass

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
"""The use of credentials; `api` means that a caller reads an access token through the API."""

Extra: TypeAlias = Mapping[str, Any]
NOTHING: Final[Extra] = {}


def _nothing() -> Extra:
    return NOTHING


@dataclass(frozen=True, slots=True)
class Auth:
    """The user of one server, with a password or an access token that the caller renews."""

    user: str | None = None
    password: Secret | None = None
    access_token: Secret | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)

    @property
    def holds_secret(self) -> bool:
        """Whether there is a password or token."""
        return bool(self.password or self.access_token)


@dataclass(frozen=True, slots=True)
class Tls:
    """The TLS requirements of one server; `min_version` is one of `TLSv1` to `TLSv1.3`.

    `server_name` is the name in its certificate, if it is not the host.
    """

    reject_unauthorized: bool | None = None
    min_version: str | None = None
    allow_plaintext: bool | None = None
    server_name: str | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The SMTP server. `secure` means TLS from the first byte; if it is None, the port decides."""

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
        r"""The folders that the account chooses for roles: path by role, for example `\Sent`."""
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
    """The user of a mailbox; `delegated_account` is the account whose credentials are borrowed."""

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
        """Whether the block is used; the default is yes."""
        return self.enabled is not False

    @property
    def who(self) -> OAuth2User:
        """The user of the mailbox; an empty one if none is set."""
        return self.auth or _NOBODY

    @property
    def mailbox(self) -> str:
        """The user whose mailbox is opened: the delegated one, else the one who signs in; empty if there is neither."""
        return self.who.delegated_user or self.who.user or ""


@dataclass(frozen=True, slots=True)
class CustomHeader:
    """A header of the account, sent with its webhooks; the value is None if none was ever given."""

    key: str
    value: Secret | None = None
    extra: Extra = field(default_factory=_nothing, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """Everything that an account's settings may hold.

    `notify_from` and `sync_from` are ISO 8601 times. `public_hosts` means that the author of the mail servers may name
    only public ones. `own_receiver` means that the author of `webhooks` does not see the installation's headers.
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
        """Return the server of a protocol, None if there is none."""
        if protocol == "imap":
            return self.imap
        return self.smtp if protocol == "smtp" else None

    @property
    def wants_imap(self) -> bool:
        """Whether the account has an IMAP connection to keep."""
        if self.imap is not None:
            return not self.imap.disabled
        return self.oauth2 is not None and self.oauth2.is_enabled

    @property
    def chosen_roles(self) -> dict[str, str]:
        """The folders that the account chooses for roles: path by role; empty without IMAP settings."""
        return self.imap.chosen_roles if self.imap is not None else {}

    @property
    def wants_smtp(self) -> bool:
        """Whether the account has an SMTP server of its own to sign in to."""
        return self.smtp is not None and not self.smtp.disabled

    @property
    def refuses_smtp(self) -> bool:
        """Whether `smtp: false` was set, so that the SMTP server of the OAuth2 provider is not used either."""
        return self.extra.get("smtp") is False

    @property
    def lender(self) -> str | None:
        """The account whose credentials are borrowed, None if these settings have their own."""
        return (self.oauth2.who.delegated_account or None) if self.oauth2 is not None else None

    def uses_oauth2(self, protocol: Protocol = "imap") -> bool:
        """Return whether a protocol signs in with the access token of the `oauth2` settings."""
        if self.oauth2 is None or not self.oauth2.is_enabled:
            return False
        server = self.server(protocol)
        return server is None or not ((server.auth is not None and server.auth.user) or server.use_auth_server)


NO_SETTINGS: Final = AccountSettings()


class Listed(NamedTuple):
    """The settings that the list of accounts shows, with masked URLs."""

    webhooks: str | None = None
    proxy: str | None = None
    smtp_ehlo_name: str | None = None


NOT_LISTED: Final = Listed()
