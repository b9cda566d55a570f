"""The way out: the HTTP session of a process, which connects only to addresses the policy allows."""

from __future__ import annotations

import ssl

import aiohttp
from aiohttp.abc import AbstractResolver

from postroom.connections.addresses import AddressPolicy
from postroom.connections.checked_resolver import CheckedResolver

# Below the five seconds after which common receivers close an idle connection: we should be the first to.
KEEP_ALIVE = 4.0
_READ_BUFFER = 16 * 1024


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
