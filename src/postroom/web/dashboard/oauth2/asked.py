"""The form of an OAuth2 application: which fields a provider needs, and what they hold now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from postroom.footprint.dataclass import dataclass
from postroom.oauth2.model import SECRETS, App
from postroom.oauth2.providers import CLOUDS
from postroom.schemas.requests.oauth2 import NewApp
from postroom.web.dashboard.inputs.made import FormInput, InputKind, described, input_for

__all__ = ["PROVIDER_WORDS", "ProviderWords", "app_inputs"]


@dataclass(frozen=True, slots=True)
class ProviderWords:
    """A provider to choose: its name, for what it is, and its fields: those that most need, and further ones."""

    name: str
    purpose: str
    fields: tuple[str, ...]
    further: tuple[str, ...]


_PEOPLE: Final = ("title", "enabled")
_ALL: Final = ("description", "extraScopes", "skipScopes")
_CLIENT: Final = ("clientId", "clientSecret")

PROVIDER_WORDS: Final[Mapping[str, ProviderWords]] = {
    "gmail": ProviderWords("Gmail", "People of Google give their consent.", _CLIENT, (*_PEOPLE, "redirectUrl", *_ALL)),
    "gmailService": ProviderWords(
        "Gmail service account",
        "Mailboxes of one Google Workspace, without asking each person.",
        ("serviceClient", "serviceClientEmail", "serviceKey"),
        _ALL,
    ),
    "outlook": ProviderWords(
        "Outlook",
        "People of Microsoft 365 and Outlook.com give their consent.",
        (*_CLIENT, "authority"),
        (*_PEOPLE, "tenant", "cloud", "redirectUrl", *_ALL),
    ),
    "outlookService": ProviderWords(
        "Outlook service",
        "Mailboxes of one Microsoft 365 organization, without asking each person.",
        (*_CLIENT, "tenant"),
        ("cloud", *_ALL),
    ),
    "mailRu": ProviderWords(
        "Mail.ru", "People of Mail.ru give their consent.", _CLIENT, (*_PEOPLE, "redirectUrl", *_ALL)
    ),
    "oidc": ProviderWords(
        "Another OpenID Connect provider",
        "People of any provider that signs in to its mail servers with OAuth2.",
        (*_CLIENT, "discoveryUrl", "imap.host", "imap.port", "imap.secure", "smtp.host", "smtp.port", "smtp.secure"),
        (*_PEOPLE, "redirectUrl", *_ALL),
    ),
}
"""Every provider of the API, in words."""

_LABELS: Final = {
    "imap.host": "IMAP host",
    "imap.port": "IMAP port",
    "imap.secure": "IMAP: TLS from the first byte",
    "smtp.host": "SMTP host",
    "smtp.port": "SMTP port",
    "smtp.secure": "SMTP: TLS from the first byte",
    "enabled": "Offer it on the hosted sign-in",
}
_NOW_STORED: Final = "stored; leave it empty to keep it"
_NOT_STORED: Final = "not stored yet; enter it once more"
_LINE_EACH: Final = "one in each line"


def app_inputs(kind: str, app: App | None, sent: Mapping[str, str] | None) -> tuple[list[FormInput], list[FormInput]]:
    """Return the inputs for a provider, and the further ones. `app` is the application now, `sent` what was entered."""
    words = PROVIDER_WORDS[kind]
    further = words.further if app is not None else ("id", *words.further)
    return _inputs(("name", *words.fields), app, sent), _inputs(further, app, sent)


def _inputs(names: tuple[str, ...], app: App | None, sent: Mapping[str, str] | None) -> list[FormInput]:
    return [_input(name, app, sent) for name in names]


def _input(name: str, app: App | None, sent: Mapping[str, str] | None) -> FormInput:
    made = input_for(described(NewApp)[name], _kind(name), _LABELS.get(name, ""))
    if name == "cloud":
        # An empty text is no cloud, so the usual one has its name.
        made = replace(made, value="global", options=tuple((cloud, cloud) for cloud in CLOUDS))
    if name == "enabled" and app is None and sent is None:
        made = made.filled("1")
    stored = _stored(app, name) or (made.value if made.kind is InputKind.CHOICE else "")
    value = stored if sent is None and app is not None else (sent or {}).get(name, made.value)
    aside = _aside(name, made.kind, app, sent)
    return replace(made, value="" if name in SECRETS else value, aside=aside, required=name == "name")


def _aside(name: str, kind: InputKind, app: App | None, sent: Mapping[str, str] | None) -> str:
    if name in SECRETS and (sent or {}).get(name, "").strip():
        return _NOT_STORED
    if app is not None and app.secrets.get(name):
        return _NOW_STORED
    return _LINE_EACH if kind is InputKind.LINES else ""


def _kind(name: str) -> InputKind | None:
    if name == "clientSecret":
        return InputKind.SECRET
    kinds = {"serviceKey": InputKind.CODE, "enabled": InputKind.FLAG, "authority": InputKind.TEXT}
    return kinds.get(name)


def _stored(app: App | None, name: str) -> str:
    document: Mapping[str, Any] = app.document if app is not None else {}
    outer, _, inner = name.partition(".")
    value = document.get(outer)
    if inner:
        value = value.get(inner) if isinstance(value, dict) else None
    if isinstance(value, bool):
        # A box is ticked or not; a choice of three says which.
        return str(value).lower() if inner else "1" if value else ""
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return "" if value is None else str(value)
