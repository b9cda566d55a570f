"""Sends one request and says what came of it; it never raises for what a receiver does."""

from __future__ import annotations

import asyncio
import errno
import ssl
from typing import Final, Protocol
from urllib.parse import urlsplit

import aiohttp

from postroom.connections.addresses import AddressPolicy, AddressRefused, check_host
from postroom.webhooks.egress import Reuse
from postroom.webhooks.retry import Answer
from postroom.webhooks.targets import Outgoing

# Of an answer's body this much is read at most; it tells an operator what went wrong.
BODY_LIMIT: Final = 4096
_SHOWN: Final = 300
# A success is a success once its status is here; the body only decides whether the connection can be kept.
_DRAIN_TIMEOUT: Final = 0.5


class Client(Protocol):
    """What posts for the deliverer."""

    async def post(self, request: Outgoing) -> Answer:
        """Make one attempt."""
        ...


class HttpClient:
    """Posts over one shared session. `timeout` is the limit of a whole attempt in seconds."""

    def __init__(self, session: aiohttp.ClientSession, policy: AddressPolicy, timeout: float) -> None:
        self._session = session
        self._policy = policy
        self._timeout = timeout

    async def post(self, request: Outgoing) -> Answer:
        """Make one attempt."""
        reuse = Reuse()
        try:
            check_host(urlsplit(request.url).hostname or "", self._policy)
            async with asyncio.timeout(self._timeout):
                return await self._exchange(request, reuse)
        except TimeoutError:
            return Answer(code="ETIMEDOUT", message=f"No answer within {self._timeout:g} s.")
        except AddressRefused as refused:
            return Answer(code="EEGRESSBLOCKED", message=refused.message, reached=False)
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
            return Answer(code="ECERT", message=f"The TLS connection failed: {_words(error)}", reached=False)
        except (aiohttp.InvalidURL, ValueError) as error:
            return Answer(code="EINVALIDURL", message=f"The URL cannot be used: {error}", reached=False)
        except aiohttp.ServerDisconnectedError:
            return Answer(code="ECONNRESET", message="The receiver closed the connection.", stale=reuse.reused)
        except aiohttp.ClientConnectorError as error:
            return _not_connected(error)
        except aiohttp.ClientPayloadError:
            return Answer(code="ECONNRESET", message="The receiver closed the connection in the middle of its answer.")
        except (aiohttp.ClientError, OSError) as error:
            return Answer(code=_os_code(error) or "EPROTOCOL", message=_words(error), stale=_is_stale(error, reuse))

    async def _exchange(self, request: Outgoing, reuse: Reuse) -> Answer:
        async with self._session.post(
            request.url,
            data=request.body,
            headers=request.headers,
            allow_redirects=False,
            trace_request_ctx=reuse,
        ) as response:
            text = await _read_little(response)
            return Answer(response.status, message=text, retry_after=response.headers.get("Retry-After"))


async def _read_little(response: aiohttp.ClientResponse) -> str:
    """Read the start of the body; a connection with more to come is closed rather than drained."""
    # Most answers are short, and here as soon as their status is.
    read = response.content.read_nowait(BODY_LIMIT + 1)
    if response.content.at_eof():
        return read[:_SHOWN].decode("utf-8", "replace").strip()
    try:
        async with asyncio.timeout(_DRAIN_TIMEOUT):
            while len(read) <= BODY_LIMIT and not response.content.at_eof():
                read += await response.content.read(BODY_LIMIT + 1 - len(read))
    except TimeoutError:
        response.close()
    else:
        if not response.content.at_eof():
            response.close()
    return read[:_SHOWN].decode("utf-8", "replace").strip()


def _not_connected(error: aiohttp.ClientConnectorError) -> Answer:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Answer(code="ENOTFOUND", message=f"The name {error.host} cannot be resolved.", reached=False)
    code = _os_code(error) or "ECONNECTION"
    return Answer(code=code, message=f"No connection to {error.host}:{error.port}: {_words(error)}", reached=False)


def _os_code(error: BaseException) -> str | None:
    original = getattr(error, "os_error", error)
    if isinstance(original, ssl.SSLError):
        return "ECERT"
    number = getattr(original, "errno", None)
    return errno.errorcode.get(number) if isinstance(number, int) else None


def _words(error: BaseException) -> str:
    original = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    return getattr(original, "strerror", None) or str(original) or type(error).__name__


def _is_stale(error: BaseException, reuse: Reuse) -> bool:
    return reuse.reused and isinstance(error, ConnectionResetError | BrokenPipeError | aiohttp.ClientOSError)
