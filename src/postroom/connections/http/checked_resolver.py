"""Name resolution for HTTP that hands over only addresses the policy allows.

aiohttp connects to exactly the addresses this resolver returns, so nothing can change between check and use. It asks no
resolver for an address written as such: those are checked where the URL is, and where the socket is made.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

from aiohttp.abc import AbstractResolver, ResolveResult

from postroom.connections.hosts.addresses import AddressPolicy, IpAddress, check_address
from postroom.connections.hosts.checked_host import NotAHost, check_host
from postroom.connections.hosts.names import LooksUp

__all__ = ["CheckedResolver"]


class CheckedResolver(AbstractResolver):
    """Looks names up, and refuses a name if any of its addresses is refused.

    `instead` is asked in place of `lookups` when there is one.
    """

    def __init__(self, policy: AddressPolicy, lookups: LooksUp, instead: AbstractResolver | None = None) -> None:
        self._policy = policy
        self._lookups = lookups
        self._instead = instead

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises AddressRefused, OSError."""
        if self._instead is not None:
            found = await self._instead.resolve(host, port, family)
        else:
            found = [_result(host, port, address) for address in await self._addresses(host)]
        for result in found:
            check_address(result["host"], self._policy)
        return found

    async def _addresses(self, host: str) -> list[IpAddress]:
        try:
            return list(await self._lookups.addresses(check_host(host, self._policy)))
        except NotAHost as error:
            raise socket.gaierror(socket.EAI_NONAME, error.message) from error

    async def close(self) -> None:
        """Let go of the resolver that was given; look-ups belong to others."""
        if self._instead is not None:
            await self._instead.close()


def _result(host: str, port: int, address: IpAddress) -> ResolveResult:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    return ResolveResult(
        hostname=host, host=str(address), port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )
