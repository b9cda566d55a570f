"""Sends one request and returns the answer; a receiver's failure is an answer too, never an exception."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import Final, Protocol

import aiohttp

from postroom.connections.hosts.addresses import AddressRefused
from postroom.connections.hosts.checked_host import NotAHost
from postroom.connections.hosts.checked_url import NotAUrl
from postroom.connections.http.answer_head import Attempt, EndlessAnswer
from postroom.connections.http.http_session import ATTEMPT, HttpSession
from postroom.webhooks.endpoints.targets import WebhookRequest
from postroom.webhooks.retry import Answer
from postroom.words.strangers import NO_WORDS, Words, take_in

# The most bytes read of an answer's body; they tell an operator what went wrong.
BODY_LIMIT: Final = 4096
# A success is settled once its status has arrived. The body only decides whether the connection can be kept.
_DRAIN_TIMEOUT: Final = 0.5


class Client(Protocol):
    """Posts requests for the deliverer."""

    async def post(self, request: WebhookRequest) -> Answer:
        """Make one attempt."""
        ...


class HttpClient:
    """Posts over one shared session. `timeout` is the limit of a whole attempt in seconds."""

    def __init__(self, session: HttpSession, timeout: float) -> None:
        self._session = session
        self._timeout = timeout

    async def post(self, request: WebhookRequest) -> Answer:
        """Make one attempt. Once the status has arrived it is the answer, even if reading the body fails."""
        attempt = Attempt()
        answer = await self._try(request, attempt)
        if answer.status is None and attempt.status is not None:
            return Answer(attempt.status, message=answer.message)
        return answer

    async def _try(self, request: WebhookRequest, attempt: Attempt) -> Answer:
        asked = ATTEMPT.set(attempt)
        try:
            async with asyncio.timeout(self._timeout):
                return await self._exchange(request)
        except TimeoutError:
            return Answer(code="ETIMEDOUT", message=Words(f"No answer within {self._timeout:g} s."))
        except EndlessAnswer as endless:
            return Answer(code=endless.code, message=Words(f"{endless.message}."))
        except (AddressRefused, NotAHost, NotAUrl) as refused:
            return Answer(code=refused.code, message=take_in(refused.message), reached=False)
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError) as error:
            said = take_in(f"The TLS connection failed: {_words(error)}", request.told)
            return Answer(code="ECERT", message=said, reached=False)
        except (aiohttp.InvalidURL, ValueError) as error:
            said = take_in(f"The URL cannot be used: {error}", request.told)
            return Answer(code="EINVALIDURL", message=said, reached=False)
        except aiohttp.ServerDisconnectedError:
            said = Words("The receiver closed the connection.")
            return Answer(code="ECONNRESET", message=said, stale=attempt.reused)
        except aiohttp.ClientConnectorError as error:
            return _not_connected(error)
        except (aiohttp.ClientError, OSError) as error:
            said = take_in(_words(error), request.told)
            return Answer(code=_os_code(error) or "EPROTOCOL", message=said, stale=_is_stale(error, attempt))
        finally:
            ATTEMPT.reset(asked)

    async def _exchange(self, request: WebhookRequest) -> Answer:
        async with self._session.request("POST", request.url, data=request.body, headers=request.headers) as response:
            text = await _read_little(response)
            # Nobody reads the body of a success.
            said = NO_WORDS if response.ok else take_in(text, request.told)
            return Answer(response.status, message=said, retry_after=response.headers.get("Retry-After"))


async def _read_little(response: aiohttp.ClientResponse) -> str:
    """Read the start of the body. Close the connection when there is more to read or the body is broken."""
    read = b""
    content = response.content
    try:
        # Most answers are short and arrive together with their status.
        read = content.read_nowait(BODY_LIMIT + 1)
        if not content.at_eof():
            async with asyncio.timeout(_DRAIN_TIMEOUT):
                while len(read) <= BODY_LIMIT and not content.at_eof():
                    read += await content.read(BODY_LIMIT + 1 - len(read))
        if not content.at_eof():
            response.close()
    except (aiohttp.ClientError, OSError):
        response.close()
    return read.decode("utf-8", "replace")


def _not_connected(error: aiohttp.ClientConnectorError) -> Answer:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        if error.os_error.errno == socket.EAI_AGAIN:
            said = take_in(f"The name {error.host} cannot be looked up now: {_words(error)}.")
            return Answer(code="EAI_AGAIN", message=said, reached=False)
        said = take_in(f"The name {error.host} cannot be resolved.")
        return Answer(code="ENOTFOUND", message=said, reached=False)
    code = _os_code(error) or "ECONNECTION"
    said = take_in(f"No connection to {error.host}:{error.port}: {_words(error)}")
    return Answer(code=code, message=said, reached=False)


def _os_code(error: BaseException) -> str | None:
    original = getattr(error, "os_error", error)
    if isinstance(original, ssl.SSLError):
        return "ECERT"
    number = getattr(original, "errno", None)
    return errno.errorcode.get(number) if isinstance(number, int) else None


def _words(error: BaseException) -> str:
    original = getattr(error, "os_error", None) or getattr(error, "certificate_error", None) or error
    return getattr(original, "strerror", None) or str(original) or type(error).__name__


def _is_stale(error: BaseException, attempt: Attempt) -> bool:
    return attempt.reused and isinstance(error, ConnectionResetError | BrokenPipeError | aiohttp.ClientOSError)
