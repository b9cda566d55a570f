"""The HTTP sessions of a process: they connect only to addresses the policy allows, and take answers as they come."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.abc import AbstractResolver

from postroom.connections.addresses import AddressPolicy
from postroom.connections.answer_head import LARGEST_HEAD, Attempt, HeadReader
from postroom.connections.checked_resolver import CheckedResolver

if TYPE_CHECKING:
    from aiohttp.client import ClientTimeout
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

__all__ = ["ATTEMPT", "KEEP_ALIVE", "open_session"]

ATTEMPT: ContextVar[Attempt | None] = ContextVar("ATTEMPT", default=None)
"""What the caller of a request wants to have filled in."""

# Below the five seconds after which common receivers close an idle connection: we should be the first to.
KEEP_ALIVE: Final = 4.0
_READ_BUFFER: Final = 16 * 1024
_SHORTEST_FIELD: Final = 4


def open_session(
    policy: AddressPolicy,
    limit: int,
    *,
    tls: ssl.SSLContext | None = None,
    resolver: AbstractResolver | None = None,
    headers: Mapping[str, str] | None = None,
    decompress: bool = True,
) -> aiohttp.ClientSession:
    """Return a session: kept-alive connections, at most `limit`, no cookies, no proxies from the environment."""
    return aiohttp.ClientSession(
        connector=_Connector(
            resolver=CheckedResolver(policy, resolver or aiohttp.ThreadedResolver()),
            limit=limit,
            keepalive_timeout=KEEP_ALIVE,
            ssl=tls if tls is not None else True,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        headers=headers,
        auto_decompress=decompress,
        read_bufsize=_READ_BUFFER,
        max_line_size=LARGEST_HEAD,
        max_field_size=LARGEST_HEAD,
        max_headers=LARGEST_HEAD // _SHORTEST_FIELD,
        trust_env=False,
    )


class _Connector(aiohttp.TCPConnector):
    """Sets a reader of heads between each connection and aiohttp, which has no place for one."""

    async def connect(self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout) -> Connection:
        connection = await super().connect(req, traces, timeout)
        attempt = ATTEMPT.get() or Attempt()
        transport, inner = connection.transport, connection.protocol
        if transport is not None and inner is not None:
            reader = transport.get_protocol()
            attempt.reused = isinstance(reader, HeadReader)
            if not isinstance(reader, HeadReader):
                reader = HeadReader(inner, transport, inner.set_exception)
                transport.set_protocol(reader)
            reader.expect(attempt)
        return connection
