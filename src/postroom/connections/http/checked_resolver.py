"""Name resolution for HTTP that returns only addresses that the policy allows.

aiohttp connects to exactly the addresses that this resolver returns, so nothing can change between check and use. It
does not ask for literal addresses. Those are checked with the URL, and again when the socket is made.
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
    """Resolves names, and refuses a name if any of its addresses is refused.

    If `instead` is given, it is asked in place of `lookups`.
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
        """Release the given resolver; the look-ups belong to others."""
        if self._instead is not None:
            await self._instead.close()


def _result(host: str, port: int, address: IpAddress) -> ResolveResult:
    family = socket.AF_INET if isinstance(address, IPv4Address) else socket.AF_INET6
    return ResolveResult(
        hostname=host, host=str(address), port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )
