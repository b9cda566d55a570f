"""What DNS says of a domain's mail: its exchangers (MX) and its services (SRV, RFC 6186 and 8314)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import dns.asyncresolver
import dns.exception
import dns.rdatatype
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.IN.SRV import SRV

from postroom.onboarding.client_config import is_host_name

__all__ = ["Directory", "Service"]

_NO_ANSWER: Final = (dns.exception.DNSException, OSError, UnicodeError)


@dataclass(frozen=True, slots=True)
class Service:
    """Where a service is."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Directory:
    """Asks name servers; whatever goes wrong there is the same as no answer.

    `resolver` None asks those of the system, which are looked up anew each time.
    """

    resolver: dns.asyncresolver.Resolver | None = None

    async def exchangers(self, domain: str, lifetime: float) -> list[str]:
        """Return the hosts that receive the domain's mail, the preferred one first, without a dot at the end."""
        records = [record for record in await self._ask(domain, dns.rdatatype.MX, lifetime) if isinstance(record, MX)]
        names = [_plain(record.exchange) for record in sorted(records, key=lambda each: each.preference)]
        return [name for name in names if is_host_name(name)]

    async def service(self, label: str, domain: str, lifetime: float) -> Service | None:
        """Return the preferred place of a service such as `_imaps._tcp`; None when there is none.

        A target of `.` says that the service is decidedly not offered (RFC 2782).
        """
        answer = await self._ask(f"{label}.{domain}", dns.rdatatype.SRV, lifetime)
        records = [record for record in answer if isinstance(record, SRV)]
        for record in sorted(records, key=lambda each: (each.priority, -each.weight)):
            host = _plain(record.target)
            if is_host_name(host) and record.port:
                return Service(host, record.port)
        return None

    async def _ask(self, name: str, kind: dns.rdatatype.RdataType, lifetime: float) -> list[object]:
        try:
            resolver = self.resolver or dns.asyncresolver.Resolver()
            return list(await resolver.resolve(f"{name}.", kind, lifetime=lifetime))
        except _NO_ANSWER:
            return []


def _plain(name: object) -> str:
    return str(name).rstrip(".").lower()
