"""The way out: name resolution that hands over only addresses the policy allows, and the session that uses it.

The HTTP client connects to exactly the addresses this resolver returns, so nothing can change between check and use.
"""

from __future__ import annotations

import socket
import ssl

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from postroom.connections.addresses import AddressPolicy, check_address

# Below the five seconds after which common receivers close an idle connection: we should be the first to.
KEEP_ALIVE = 4.0
_READ_BUFFER = 16 * 1024


class CheckedResolver(AbstractResolver):
    """Resolves with the system's resolver and refuses a name if any of its addresses is refused."""

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


def open_session(
    policy: AddressPolicy, limit: int, *, tls: ssl.SSLContext | None = None, resolver: AbstractResolver | None = None
) -> aiohttp.ClientSession:
    """Return the one session of a process: kept-alive connections, no cookies, no proxies from the environment."""
    connector = aiohttp.TCPConnector(
        resolver=CheckedResolver(policy, resolver or aiohttp.ThreadedResolver()),
        limit=limit,
        keepalive_timeout=KEEP_ALIVE,
        ssl=tls if tls is not None else True,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        read_bufsize=_READ_BUFFER,
        trust_env=False,
        trace_configs=[_reuse_trace()],
    )


class Reuse:
    """Filled in while a request runs: whether it went out on a connection that had served before."""

    __slots__ = ("reused",)

    def __init__(self) -> None:
        self.reused = False


def _reuse_trace() -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()

    async def reused(_session: object, context: object, _params: object) -> None:
        request = getattr(context, "trace_request_ctx", None)
        if isinstance(request, Reuse):
            request.reused = True

    trace.on_connection_reuseconn.append(reused)
    return trace
