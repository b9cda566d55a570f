"""The mail entries of a domain in DNS: its exchangers (MX) and its services (SRV, RFC 6186 and 8314)."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from postroom.connections.hosts.names import LooksUp
from postroom.footprint.dataclass import dataclass
from postroom.onboarding.autoconfig.client_config import is_host_name

__all__ = ["Directory", "Service"]


@dataclass(frozen=True, slots=True)
class Service:
    """The host and port of a service."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Directory:
    """Asks name servers. Any error counts as no answer. `lifetime` are the seconds to wait."""

    lookups: LooksUp

    async def exchangers(self, domain: str, lifetime: float) -> list[str]:
        """Return the hosts that receive the domain's mail, the preferred one first, without a final dot."""
        records = await self._ask(domain, "MX", lifetime)
        names = [_plain(record.exchange) for record in sorted(records, key=lambda each: each.priority)]
        return [name for name in names if is_host_name(name)]

    async def service(self, label: str, domain: str, lifetime: float) -> Service | None:
        """Return the preferred host of a service such as `_imaps._tcp`; None when there is none.

        A target of `.` means that the domain does not offer the service (RFC 2782).
        """
        records = await self._ask(f"{label}.{domain}", "SRV", lifetime)
        for record in sorted(records, key=lambda each: (each.priority, -each.weight)):
            host = _plain(record.target)
            if is_host_name(host) and record.port:
                return Service(host, record.port)
        return None

    async def _ask(self, name: str, kind: Literal["MX", "SRV"], lifetime: float) -> list[Any]:
        try:
            async with asyncio.timeout(lifetime):
                return await self.lookups.records(name, kind)
        except TimeoutError:
            return []


def _plain(name: str) -> str:
    return name.rstrip(".").lower()
