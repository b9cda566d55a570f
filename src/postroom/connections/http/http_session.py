"""The HTTP sessions of a process: they connect only where the policy allows, and accept imperfect responses.

Each request is checked twice: its URL by `check_url`, then the address for which the socket is made. The aiohttp
session is private, so no request can avoid the checks.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from postroom.connections.hosts.addresses import AddressPolicy, check_address
from postroom.connections.hosts.checked_url import CheckedUrl, NotAUrl, check_url
from postroom.connections.hosts.names import LooksUp
from postroom.connections.http.answer_head import LARGEST_HEAD, Attempt, HeadReader
from postroom.connections.http.checked_resolver import CheckedResolver

if TYPE_CHECKING:
    from aiohappyeyeballs import AddrInfoType
    from aiohttp.client import ClientTimeout
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

__all__ = ["ATTEMPT", "KEEP_ALIVE", "HttpSession", "as_asked", "open_session"]

ATTEMPT: ContextVar[Attempt | None] = ContextVar("ATTEMPT", default=None)
"""The record of the current request that is to be filled in."""

# Many receivers close an idle connection after five seconds; we should be the first to close it.
KEEP_ALIVE: Final = 4.0
_READ_BUFFER: Final = 16 * 1024
_SHORTEST_FIELD: Final = 4


class HttpSession:
    """Makes requests within one address policy and follows no redirects. Made by `open_session`; close it after use."""

    def __init__(self, session: aiohttp.ClientSession, policy: AddressPolicy) -> None:
        self._session = session
        self._policy = policy

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Check the URL and start the request.

        Raises NotAUrl, NotAHost and AddressRefused at once. On entering, raises AddressRefused, aiohttp.ClientError and
        OSError.
        """
        checked = _allowed(url, self._policy)
        return self._session.request(method, checked, headers=headers, data=data, params=params, allow_redirects=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def __aenter__(self) -> HttpSession:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def open_session(
    policy: AddressPolicy,
    limit: int,
    lookups: LooksUp,
    *,
    tls: ssl.SSLContext | None = None,
    resolver: AbstractResolver | None = None,
    headers: Mapping[str, str] | None = None,
    decompress: bool = True,
) -> HttpSession:
    """Return a session with at most `limit` kept-alive connections, without cookies and proxies from the environment.

    `resolver` replaces `lookups` for callers that choose the port too; its addresses are checked like all others.
    """
    session = aiohttp.ClientSession(
        connector=_Connector(
            resolver=CheckedResolver(policy, lookups, resolver),
            # `lookups` has its own cache.
            use_dns_cache=False,
            socket_factory=partial(_socket, policy),
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
    return HttpSession(session, policy)


# Nearly all requests go to the same few URLs. A refusal is not kept.
@lru_cache(maxsize=1024)
def _allowed(url: str, policy: AddressPolicy) -> URL:
    return as_asked(check_url(url, policy))


def as_asked(checked: CheckedUrl) -> URL:
    """The URL in aiohttp's form, if aiohttp finds the same host in it. Raises NotAUrl."""
    try:
        url = URL(checked.text)
    except ValueError as error:
        raise NotAUrl("The URL cannot be read.") from error
    if (url.raw_host or "") != checked.host.name:
        raise NotAUrl("The URL can be read in two ways, so it is not used.")
    return url


def _socket(policy: AddressPolicy, info: AddrInfoType) -> socket.socket:
    """A socket for one address. Every connection passes here, so this is the last check of the address."""
    family, kind, protocol, _, address = info
    check_address(str(address[0]), policy)
    return socket.socket(family, kind, protocol)


class _Connector(aiohttp.TCPConnector):
    """Puts a HeadReader between each connection and aiohttp, which has no option for that."""

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
