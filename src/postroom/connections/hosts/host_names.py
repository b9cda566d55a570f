"""Finds what is wrong with the text of a host setting, each fault by name. Pure."""

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
    """What people write in addition to a host name, or in its place."""

    SCHEME = "scheme"
    """A URL, such as `imap://host`."""
    USER = "user"
    """Text before an `@`, as in an e-mail address."""
    PORT = "port"
    """A port, as in `host:993`."""
    PATH = "path"
    """A slash and what follows it."""
    SPACES = "spaces"
    """Spaces or line breaks inside."""
    OTHER = "other"
    """None of these, but still not a name."""


def host_faults(text: str) -> tuple[HostFault, ...]:
    """Return every fault of a host name or IP address; empty when it can be used."""
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
        # The spelling is fine; the policy reports its own error.
        return True
    return True
