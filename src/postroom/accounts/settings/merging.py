"""Applies a change to the settings of an account: the body of a PUT, or of a registration that updates. Pure."""

from __future__ import annotations

import copy
from typing import Any, Final

from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.shapes import BLOCKS, OWN_RECEIVER, PUBLIC_HOSTS, Document
from postroom.accounts.settings.values import AccountSettings
from postroom.accounts.settings.writing import document_of
from postroom.footprint.dataclass import dataclass

__all__ = ["Merged", "merge", "new_settings"]

_OUTSIDE: Final = ("name", "email", "metadata")
"""Fields of a request that are stored outside the settings."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The settings after a change, and warnings about parts that were left out."""

    settings: AccountSettings
    warnings: list[str]


def new_settings(body: Document) -> AccountSettings:
    """Return the settings of a registration, without empty fields and blocks that are switched off."""
    kept = {name: value for name, value in body.items() if name not in _OUTSIDE and value not in (None, "", [])}
    return settings_of({name: value for name, value in kept.items() if value or name not in BLOCKS})


def merge(stored: AccountSettings, change: Document) -> Merged:
    """Apply a change to settings.

    Fields that were not sent stay. Null or empty fields are cleared. Blocks follow `_merge_block`.
    """
    document = document_of(stored)
    warnings: list[str] = []
    for name, value in change.items():
        if name in _OUTSIDE:
            continue
        if name in BLOCKS:
            _merge_block(document, name, value, warnings)
        elif value in (None, "", []):
            document.pop(name, None)
        else:
            document[name] = value
    sent = settings_of(change)
    if sent.public_hosts is None and _names_servers(sent):
        document.pop(PUBLIC_HOSTS, None)
    if "webhooks" in change:
        document.pop(OWN_RECEIVER, None)
    return Merged(settings_of(document), warnings)


def _names_servers(sent: AccountSettings) -> bool:
    """Return whether a change names a server, or a provider, which implies servers."""
    hosts = [server.host for server in (sent.imap, sent.smtp) if server is not None]
    return any(hosts) or bool(sent.oauth2 and sent.oauth2.provider)


def _merge_block(document: Document, name: str, value: Any, warnings: list[str]) -> None:
    """Replace a block, or merge into it.

    With `partial`, the fields that were sent are merged. A block without a host (or provider) cannot replace the stored
    one, so it is merged too, including `auth`. That is how passwords are rotated.
    """
    if value is False or value is None:
        document.pop(name, None)
        return
    sent = {key: item for key, item in copy.deepcopy(value).items() if key != "partial"}
    stored = document.get(name)
    identity = "provider" if name == "oauth2" else "host"
    if value.get("partial") and stored:
        auth = _partial_auth(stored.get("auth"), sent.get("auth"))
        document[name] = {**stored, **sent, **({"auth": auth} if auth is not None else {})}
    elif sent.get(identity) or sent.get("authorize"):
        document[name] = sent
    elif stored:
        merged = {**stored, **sent}
        if sent.get("auth"):
            merged["auth"] = _rotated_auth(stored.get("auth") or {}, sent["auth"])
        document[name] = merged
    else:
        warnings.append(
            f"{name}: left out, because the account has no {name} settings and the block names no {identity}"
        )


def _rotated_auth(stored: Document, sent: Document) -> Document:
    """Merge credentials. A password replaces an access token, and an access token replaces a password."""
    merged = {**stored, **sent}
    for kind, other in (("pass", "accessToken"), ("accessToken", "pass")):
        if sent.get(kind) and not sent.get(other):
            merged.pop(other, None)
    return merged


def _partial_auth(stored: Any, sent: Any) -> Any:
    """Return the `auth` value of a `partial` block: as sent, but with the stored user if none was sent."""
    if not isinstance(sent, dict):
        return None
    if "user" not in sent and isinstance(stored, dict) and "user" in stored:
        return {"user": stored["user"], **sent}
    return sent
