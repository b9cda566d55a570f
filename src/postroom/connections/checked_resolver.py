"""Name resolution for HTTP that hands over only addresses the policy allows.

aiohttp connects to exactly the addresses this resolver returns, so nothing can change between check and use. It asks no
resolver for an address written as such: those are checked by `check_host` where the URL is known.
"""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult

from postroom.connections.addresses import AddressPolicy, check_address

__all__ = ["CheckedResolver"]


class CheckedResolver(AbstractResolver):
    """Resolves with another resolver and refuses a name if any of its addresses is refused."""

    def __init__(self, policy: AddressPolicy, inner: AbstractResolver) -> None:
        self._policy = policy
        self._inner = inner

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name. Raises AddressRefused, OSError."""
        found = await self._inner.resolve(host, port, family)
        for result in found:
            check_address(result["host"], self._policy)
        return found

    async def close(self) -> None:
        """Let go of the inner resolver."""
        await self._inner.close()
