"""Puts each problem of a body at the field of the form that it is about, in words without names of the API. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Final, Protocol

from postroom.footprint.dataclass import dataclass
from postroom.web.dashboard.adding.fields import BLANK

__all__ = ["PlacedProblems", "placed"]


class _Found(Protocol):
    """A problem as schemas and services name it."""

    @property
    def key(self) -> str:
        """The dotted path of the field."""

    @property
    def message(self) -> str:
        """What is wrong."""


@dataclass(frozen=True, slots=True)
class PlacedProblems:
    """The problems by field, and those that belong to no field."""

    fields: dict[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.fields or self.others)


_ELSEWHERE: Final = {
    "imap": "imap.host",
    "smtp": "smtp.host",
    "oauth2": "oauth2.provider",
    "imap.auth": "imap.auth.user",
    "smtp.auth": "smtp.auth.user",
    "imap.auth.accessToken": "imap.auth.pass",
    "smtp.auth.accessToken": "smtp.auth.pass",
    "oauth2.auth": "oauth2.auth.user",
    "imap.secure": "imap.security",
    "smtp.secure": "smtp.security",
    "imap.tls.allowPlaintext": "imap.security",
    "smtp.tls.allowPlaintext": "smtp.security",
    "imap.disabled": "imap.used",
    "smtp.disabled": "smtp.used",
}
_NO_SERVER: Final = "Name a server for receiving, for sending, or both."


def placed(found: Iterable[_Found]) -> PlacedProblems:
    """Return problems at their fields; the first one of a field counts."""
    fields: dict[str, str] = {}
    others: list[str] = []
    for each in found:
        name, where = _field_of(each.key)
        words = _words(each.key, each.message, where)
        if name in BLANK:
            fields.setdefault(name, words)
        elif words not in others:
            others.append(words)
    return PlacedProblems(fields, tuple(others))


def _field_of(key: str) -> tuple[str, str]:
    """Return the field of a key, and where in it the problem is: a line, or the name of a pair."""
    if key in BLANK or key in _ELSEWHERE:
        return _ELSEWHERE.get(key, key), ""
    name, _, rest = key.partition(".")
    place = rest.partition(".")[0]
    if name in BLANK and place:
        return name, f"Line {int(place) + 1}" if place.isdecimal() and len(place) < 6 else rest
    return key, ""


def _words(key: str, message: str, where: str) -> str:
    if message.startswith("either imap or oauth2"):
        return _NO_SERVER
    if message.endswith("is required") and where == "":
        return "This is required."
    bare = message.removeprefix(f'"{key}" ')
    words = f"{where}: {bare}" if where else f"{bare[:1].upper()}{bare[1:]}"
    return words if words.endswith((".", "?", "!")) else f"{words}."
