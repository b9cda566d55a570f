"""The fields of the form of an account: each is named by its path in the API, and is a text here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from postroom.accounts.settings.shapes import Document
from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.adding import lines

__all__ = ["BLANK", "FIELDS", "MORE", "SERVERS", "FormField", "at", "shown"]

SERVERS: Final = ("imap", "smtp")


def _text(value: Any) -> str:
    return "" if value is None or isinstance(value, bool | dict | list) else str(value)


def _flag(value: Any) -> str:
    return "1" if value is True else ""


def _no_flag(value: Any) -> str:
    return "1" if value is False else ""


def _choice(value: Any) -> str:
    return {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else ""


def _nothing(_: Any) -> str:
    return ""


def _same(text: str) -> object:
    return text


@dataclass(frozen=True, slots=True)
class FormField:
    """How a field is shown and sent. `show` makes the text of a stored value, `send` the value of a text.

    An empty text is not sent: it clears the field. `label` names it in sentences.
    """

    label: str
    show: Callable[[Any], str] = _text
    send: Callable[[str], object] = _same


_TRUE: Final = "1"


def _ticked(label: str) -> FormField:
    return FormField(label, _flag, lambda text: text == _TRUE)


def _unticked(label: str) -> FormField:
    """A box that is ticked to switch something off."""
    return FormField(label, _no_flag, lambda text: text != _TRUE)


def _server(name: str, words: str) -> Mapping[str, FormField]:
    return {
        f"{name}.host": FormField(f"{words} server"),
        f"{name}.port": FormField(f"{words} port"),
        f"{name}.auth.user": FormField(f"{words} user name"),
        f"{name}.auth.pass": FormField(f"{words} password", _nothing),
        f"{name}.useAuthServer": _ticked(f"{words} by the authentication server"),
        f"{name}.tls.rejectUnauthorized": _unticked(f"{words} certificate not checked"),
        f"{name}.tls.minVersion": FormField(f"{words} oldest TLS version"),
        f"{name}.tls.servername": FormField(f"{words} name in the certificate"),
    }


_IMAP_ONLY: Final = {
    **{f"imap.{role}MailPath": FormField(f"Folder for {role} mail") for role in lines.ROLES},
    "imap.resyncDelay": FormField("Seconds between full checks"),
    "imap.disableIMAP4rev2": _ticked("IMAP4rev2 not used"),
}
_OAUTH2: Final = {
    "oauth2.provider": FormField("OAuth2 application"),
    "oauth2.auth.user": FormField("OAuth2 user"),
    "oauth2.auth.delegatedUser": FormField("Shared mailbox"),
    "oauth2.auth.delegatedAccount": FormField("Account that lends its credentials"),
    "oauth2.enabled": _unticked("OAuth2 not used"),
    "oauth2.useAuthServer": _ticked("Access tokens by the authentication server"),
}
_FURTHER: Final = {
    "expectedEmail": FormField("Address that must sign in"),
    "path": FormField("Folders to watch", lines.shown_list, lines.sent_list),
    "subconnections": FormField("Folders with a connection of their own", lines.shown_list, lines.sent_list),
    "copy": FormField("Copy of sent mail", _choice),
    "logs": _ticked("Protocol log"),
    "notifyFrom": FormField("Announce mail from"),
    "proxy": FormField("Proxy"),
    "smtpEhloName": FormField("Name in EHLO"),
    "locale": FormField("Language"),
    "tz": FormField("Time zone"),
    "imapIndexer": FormField("How changes are found"),
}
FIELDS: Final[Mapping[str, FormField]] = {
    "account": FormField("Account id"),
    "name": FormField("Name"),
    "email": FormField("E-mail address"),
    **_server("imap", "IMAP"),
    **_server("smtp", "SMTP"),
    **_IMAP_ONLY,
    **_OAUTH2,
    "webhooks": FormField("Webhook URL"),
    lines.HEADERS: FormField("Headers of webhooks", lines.shown_headers, lines.sent_headers),
    lines.METADATA: FormField("Metadata", lines.shown_pairs, lines.sent_pairs),
    **_FURTHER,
}
"""Every field that is a value of its own, by its path. How a server is used and encrypted is in `SWITCHES`."""

SWITCHES: Final = tuple(f"{name}.{what}" for name in SERVERS for what in ("used", "security"))
"""Whether a server is used (`1`), and `tls`, `starttls` or `none`."""

MORE: Final = frozenset(
    {
        *_FURTHER,
        *_IMAP_ONLY,
        *(name for name in FIELDS if ".tls." in name or name.endswith("p.useAuthServer")),
    }
)
"""The fields that are shown only to those who open them."""

BLANK: Final[Mapping[str, str]] = dict.fromkeys((*FIELDS, *SWITCHES), "")


def shown(document: Document, *, uses_imap: bool, uses_smtp: bool) -> dict[str, str]:
    """Return the fields of an account as texts. Secrets in the document are masked already."""
    texts = {name: field.show(at(document, name)) for name, field in FIELDS.items()}
    used = {"imap": uses_imap, "smtp": uses_smtp}
    for name in SERVERS:
        texts[f"{name}.used"] = _flag(used[name])
        texts[f"{name}.security"] = _security(document.get(name))
    if texts["smtp.auth.user"] == texts["imap.auth.user"]:
        texts["smtp.auth.user"] = ""
    return texts


def at(document: Document, path: str) -> Any:
    """Return the value at a dotted path, None where there is none."""
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


_TLS_PORTS: Final = (993, 465)


def _security(block: Any) -> str:
    if not isinstance(block, dict):
        return "tls"
    secure = block.get("secure")
    if secure is None:
        secure = block.get("port") in _TLS_PORTS
    if secure:
        return "tls"
    return "none" if at(block, "tls.allowPlaintext") is True else "starttls"
