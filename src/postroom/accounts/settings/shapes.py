"""How each value of an account's settings is written in a document: the API's name and the kind of JSON. Pure.

Reading and writing use these tables. A value of the wrong kind is kept unchanged among the `extra` values.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final, Generic, TypeAlias, TypeVar

from postroom.accounts.settings.secret import Secret, SecretUrl
from postroom.accounts.settings.values import (
    NOTHING,
    AccountSettings,
    Auth,
    CustomHeader,
    ImapSettings,
    OAuth2Settings,
    OAuth2User,
    SmtpSettings,
    Tls,
)
from postroom.footprint.dataclass import dataclass

__all__ = ["BLOCKS", "OAUTH2", "OWN_RECEIVER", "PUBLIC_HOSTS", "SETTINGS", "Document", "Kind", "Shape"]

Document: TypeAlias = dict[str, Any]
"""A JSON object with the API's field names: an account's settings, or a part of them, as stored or as sent."""

PUBLIC_HOSTS: Final = "publicHosts"
"""The name of the mark that an author who may name only public mail servers has named them."""

OWN_RECEIVER: Final = "ownReceiver"
"""The name of the mark that an author who does not see the installation's headers has set `webhooks`."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """How to read and write one kind of value. `read` returns None for a value of another kind."""

    read: Callable[[Any], Any]
    write: Callable[[Any], Any]


class Shape(Generic[T]):
    """The document of one class of settings: by API name, the attribute and kind of each field."""

    def __init__(self, made: Callable[..., T], fields: Mapping[str, tuple[str, Kind]]) -> None:
        self._made = made
        self._readers = {name: (attribute, kind.read) for name, (attribute, kind) in fields.items()}
        self._writers = tuple((name, attribute, kind.write) for name, (attribute, kind) in fields.items())
        self.fields = fields

    def read(self, document: Any) -> T | None:
        """Return the value of a document, None if it is not a JSON object."""
        if not isinstance(document, dict):
            return None
        values: Document = {}
        extra: Document = {}
        readers = self._readers
        for name, found in document.items():
            known = readers.get(name)
            value = known[1](found) if known is not None else None
            if known is None or value is None:
                extra[name] = found
            else:
                values[known[0]] = value
        return self._made(**values, extra=copy.deepcopy(extra) if extra else NOTHING)

    def write(self, value: T) -> Document:
        """Return a new document of the value."""
        document: Document = {}
        for name, attribute, write in self._writers:
            held = getattr(value, attribute)
            if held is not None:
                document[name] = write(held)
        extra: Mapping[str, Any] = getattr(value, "extra", NOTHING)
        for name in extra:
            if name not in document:
                document[name] = copy.deepcopy(extra[name])
        return document

    @property
    def kind(self) -> Kind:
        """This shape as a kind of value within another."""
        return Kind(self.read, self.write)


def _same(value: Any) -> Any:
    return value


def _reveal(value: Secret | SecretUrl) -> str:
    return value.reveal()


def _read_texts(found: Any) -> tuple[str, ...] | None:
    is_fit = isinstance(found, list) and all(isinstance(each, str) for each in found)
    return tuple(found) if is_fit else None


def _read_headers(found: Any) -> tuple[CustomHeader, ...] | None:
    if not isinstance(found, list):
        return None
    headers = [_HEADER.read(each) for each in found if isinstance(each, dict) and isinstance(each.get("key"), str)]
    return tuple(header for header in headers if header is not None) if len(headers) == len(found) else None


_TEXT: Final = Kind(lambda found: found if isinstance(found, str) else None, _same)
_NUMBER: Final = Kind(lambda found: found if type(found) is int else None, _same)
_FLAG: Final = Kind(lambda found: found if isinstance(found, bool) else None, _same)
_TEXTS: Final = Kind(_read_texts, list)
_SECRET: Final = Kind(lambda found: Secret(found) if isinstance(found, str) else None, _reveal)
_URL: Final = Kind(lambda found: SecretUrl(found) if isinstance(found, str) else None, _reveal)

_HEADER: Final = Shape(CustomHeader, {"key": ("key", _TEXT), "value": ("value", _SECRET)})
_HEADERS: Final = Kind(_read_headers, lambda headers: [_HEADER.write(header) for header in headers])
_AUTH: Final = Shape(
    Auth, {"user": ("user", _TEXT), "pass": ("password", _SECRET), "accessToken": ("access_token", _SECRET)}
)
_TLS: Final = Shape(
    Tls,
    {
        "rejectUnauthorized": ("reject_unauthorized", _FLAG),
        "minVersion": ("min_version", _TEXT),
        "allowPlaintext": ("allow_plaintext", _FLAG),
        "servername": ("server_name", _TEXT),
    },
)
_SERVER: Final = {
    "host": ("host", _TEXT),
    "port": ("port", _NUMBER),
    "secure": ("secure", _FLAG),
    "auth": ("auth", _AUTH.kind),
    "useAuthServer": ("use_auth_server", _FLAG),
    "tls": ("tls", _TLS.kind),
    "disabled": ("disabled", _FLAG),
}
_IMAP: Final = Shape(
    ImapSettings,
    {
        **_SERVER,
        "resyncDelay": ("resync_delay", _NUMBER),
        "disableIMAP4rev2": ("disable_imap4rev2", _FLAG),
        "sentMailPath": ("sent_mail_path", _TEXT),
        "draftsMailPath": ("drafts_mail_path", _TEXT),
        "junkMailPath": ("junk_mail_path", _TEXT),
        "trashMailPath": ("trash_mail_path", _TEXT),
        "archiveMailPath": ("archive_mail_path", _TEXT),
    },
)
_SMTP: Final = Shape(SmtpSettings, _SERVER)
_OAUTH2_USER: Final = Shape(
    OAuth2User,
    {
        "user": ("user", _TEXT),
        "delegatedUser": ("delegated_user", _TEXT),
        "delegatedAccount": ("delegated_account", _TEXT),
    },
)
OAUTH2: Final = Shape(
    OAuth2Settings,
    {
        "provider": ("provider", _TEXT),
        "auth": ("auth", _OAUTH2_USER.kind),
        "accessToken": ("access_token", _SECRET),
        "refreshToken": ("refresh_token", _SECRET),
        "expires": ("expires", _TEXT),
        "generated": ("generated", _TEXT),
        "authority": ("authority", _TEXT),
        "useAuthServer": ("use_auth_server", _FLAG),
        "enabled": ("enabled", _FLAG),
        "authorize": ("authorize", _FLAG),
        "redirectUrl": ("redirect_url", _TEXT),
    },
)
BLOCKS: Final = {"imap": _IMAP, "smtp": _SMTP, "oauth2": OAUTH2}
SETTINGS: Final = Shape(
    AccountSettings,
    {
        "imap": ("imap", _IMAP.kind),
        "smtp": ("smtp", _SMTP.kind),
        "oauth2": ("oauth2", OAUTH2.kind),
        "webhooks": ("webhooks", _URL),
        "webhooksCustomHeaders": ("webhooks_custom_headers", _HEADERS),
        "proxy": ("proxy", _URL),
        "path": ("path", _TEXTS),
        "subconnections": ("subconnections", _TEXTS),
        "notifyFrom": ("notify_from", _TEXT),
        "syncFrom": ("sync_from", _TEXT),
        "imapIndexer": ("imap_indexer", _TEXT),
        "smtpEhloName": ("smtp_ehlo_name", _TEXT),
        "expectedEmail": ("expected_email", _TEXT),
        "copy": ("copy", _FLAG),
        "logs": ("logs", _FLAG),
        "locale": ("locale", _TEXT),
        "tz": ("tz", _TEXT),
        PUBLIC_HOSTS: ("public_hosts", _FLAG),
        OWN_RECEIVER: ("own_receiver", _FLAG),
    },
)
