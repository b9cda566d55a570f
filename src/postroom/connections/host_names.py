"""How a host may be written where a setting wants one: what is wrong with the spelling, each fault by name. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from postroom.connections.addresses import parse_address

__all__ = ["HostFault", "host_faults"]

_NAME: Final = re.compile(r"(?!-)[^\s/@:?#%\\\[\]\x00-\x20\x7f]{1,253}")
_SPACE: Final = re.compile(r"\s")
_PATH: Final = re.compile(r"[/?#\\]")


class HostFault(StrEnum):
    """What people write beside the name of a host, or instead of it."""

    SCHEME = "scheme"
    """A URL, as `imap://host`."""
    USER = "user"
    """Something before an `@`, as in an e-mail address."""
    PORT = "port"
    """A port, as `host:993`."""
    PATH = "path"
    """A slash, and what follows it."""
    SPACES = "spaces"
    """Blanks or line breaks inside."""
    OTHER = "other"
    """Nothing of that, and still no name."""


def host_faults(text: str) -> tuple[HostFault, ...]:
    """Return everything that is wrong with a host name or IP address; nothing when it can be used."""
    if parse_address(text) is not None:
        return ()
    found: list[HostFault] = []
    before, mark, rest = text.partition("://")
    if mark:
        found.append(HostFault.SCHEME)
    rest = rest if mark else before
    name, *path = _PATH.split(rest, maxsplit=1)
    _, at, name = name.rpartition("@")
    if at:
        found.append(HostFault.USER)
    host, colon, port = name.rpartition(":")
    if colon and (not port.strip() or port.strip().isdecimal()):
        found.append(HostFault.PORT)
        name = host
    if path and path[0]:
        found.append(HostFault.PATH)
    if _SPACE.search(text):
        found.append(HostFault.SPACES)
    if not found and (path or not _NAME.fullmatch(name)):
        found.append(HostFault.OTHER)
    return tuple(found)
