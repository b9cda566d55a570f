"""What is known of an account's server, and its settings, as pairs of words for a page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from postroom.accounts.model import AccountView
from postroom.connections.quirks.library import matching
from postroom.footprint.dataclass import dataclass

__all__ = ["Quirk", "ServerShown", "server_shown", "settings_shown"]

_ELSEWHERE: Final = frozenset({"metadata"})


@dataclass(frozen=True, slots=True)
class Quirk:
    """How a kind of server is treated, and what is special about it."""

    name: str
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ServerShown:
    """The mail server as it presented itself at the last sign-in."""

    address: str
    greeting: str
    tls: str
    software: str
    capabilities: tuple[str, ...]
    quirks: tuple[Quirk, ...]


def server_shown(view: AccountView) -> ServerShown:
    """Return what is known of the IMAP server; empty texts where it is not."""
    imap, told = view.settings.imap, view.server
    host = (imap.host or "") if imap is not None else ""
    port = imap.port if imap is not None else None
    capabilities = tuple(sorted(told.capabilities)) if told is not None else ()
    profiles = matching(
        host,
        greeting=told.greeting if told is not None else "",
        capabilities=frozenset(capabilities),
        server_id=told.identity if told is not None else None,
    )
    return ServerShown(
        f"{host}:{port}" if host and port else host,
        told.greeting if told is not None else "",
        (told.tls or "") if told is not None else "",
        " ".join(_software(told.identity)) if told is not None and told.identity else "",
        capabilities,
        tuple(Quirk(each.name, tuple(each.effects)) for each in profiles if each.effects),
    )


def _software(identity: Mapping[str, str]) -> Iterator[str]:
    for name in ("name", "version", "vendor"):
        if identity.get(name):
            yield str(identity[name])


def settings_shown(document: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return the settings as pairs of a dotted path and a text. Secrets in the document are masked already."""
    shown = {name: value for name, value in document.items() if name not in _ELSEWHERE}
    return [(path, text) for path, text in _flat("", shown) if text]


def _flat(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _flat(f"{path}.{name}" if path else str(name), each)
    elif isinstance(value, list):
        if all(isinstance(each, str) for each in value):
            yield path, ", ".join(value)
        else:
            for at, each in enumerate(value):
                yield from _flat(f"{path}.{at + 1}", each)
    else:
        yield path, _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
