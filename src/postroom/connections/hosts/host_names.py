"""How a host may be written where a setting wants one: what is wrong with the spelling, each fault by name. Pure."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from postroom.connections.hosts.addresses import AddressPolicy, AddressRefused
from postroom.connections.hosts.checked_host import NotAHost, check_host

__all__ = ["HostFault", "host_faults"]

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
    if _is_host(text):
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
    return tuple(found) or (HostFault.OTHER,)


def _is_host(text: str) -> bool:
    try:
        check_host(text, AddressPolicy.ANY)
    except NotAHost:
        return False
    except AddressRefused:
        # The policy has its own words.
        return True
    return True
