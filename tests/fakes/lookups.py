"""Look-ups from a table, for tests that are not about name servers.

lookups = KnownNames({"imap.example.com": ["127.0.0.1"]})
assert lookups.asked == ["imap.example.com"]
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from postroom.connections.hosts.addresses import IpAddress
from postroom.connections.hosts.checked_host import CheckedHost


class KnownNames:
    """Knows only these names; `asked` holds the questions."""

    def __init__(self, names: Mapping[str, Sequence[str]] | None = None) -> None:
        self.names = dict(names or {})
        self.asked: list[str] = []

    async def addresses(self, host: CheckedHost) -> Sequence[IpAddress]:
        if host.address is not None:
            return (host.address,)
        self.asked.append(host.name)
        if host.name not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, f"{host.name!r}: there is no such name")
        return [ip_address(address) for address in self.names[host.name]]

    async def records(self, name: str, kind: str) -> list[Any]:
        return []
