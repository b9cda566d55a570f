"""HTTPS requests to authorization servers: limited in time and size, no redirects, only where the policy allows."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Final, Protocol

from postroom.errors import PostroomError
from postroom.footprint.dataclass import dataclass
from postroom.http.body import read_body
from postroom.tasks import loaded

if TYPE_CHECKING:
    import aiohttp

_LARGEST: Final = 256 * 1024
_HEADERS: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}


class NoAnswer(Exception):
    """The server could not be asked or did not answer; the text is for people, `code` an errno name or one of ours."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class WebAnswer:
    """An HTTP answer. `document` is None when the body is not a JSON object or is incomplete, whatever the status.

    `retry_after` is in seconds, None when the server gave none.
    """

    status: int
    document: Mapping[str, object] | None
    retry_after: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the status is 2xx (RFC 9110 section 15.3)."""
        return 200 <= self.status < 300


class WebSession(Protocol):
    """The HTTP session that this room needs; it checks every URL. See `HttpSession` in connections/http."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Make a request without following redirects. Raises PostroomError for a URL that is not allowed."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class WebClient:
    """One HTTP session, opened by the first request."""

    def __init__(self, open_session: Callable[[], WebSession], timeout: float = 20.0) -> None:
        self._open = open_session
        self._timeout = timeout
        self._session: WebSession | None = None

    async def post(self, url: str, form: Mapping[str, str]) -> WebAnswer:
        """Post a form; an answer in the form format is read like a JSON object. Raises NoAnswer."""
        return await self._ask("POST", url, data=dict(form))

    async def get(
        self,
        url: str,
        *,
        bearer: str | None = None,
        basic: tuple[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> WebAnswer:
        """Get a JSON document. Raises NoAnswer."""
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        if basic is not None:
            headers["Authorization"] = f"Basic {base64.b64encode(':'.join(basic).encode()).decode()}"
        return await self._ask("GET", url, headers=headers, params=query)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> WebAnswer:
        # Loaded here, because it takes 8 MiB that a gateway without OAuth2 does not need.
        await loaded("aiohttp")
        import aiohttp

        if self._session is None:
            self._session = self._open()
        try:
            async with (
                asyncio.timeout(self._timeout),
                self._session.request(
                    method, url, headers={**_HEADERS, **(headers or {})}, data=data, params=params
                ) as response,
            ):
                body = await read_body(response, _LARGEST)
                wait = _seconds(response.headers.get("Retry-After"))
                return WebAnswer(response.status, body.document(forms=data is not None), wait)
        except TimeoutError:
            raise NoAnswer("ETIMEDOUT", f"No answer within {self._timeout:g} s") from None
        except PostroomError as refused:
            raise NoAnswer(refused.code, refused.message) from None
        except aiohttp.ClientConnectorDNSError as error:
            passes = error.os_error.errno == socket.EAI_AGAIN
            raise NoAnswer(
                "EAI_AGAIN" if passes else "ENOTFOUND", f"The name {error.host} cannot be resolved"
            ) from None
        except aiohttp.ClientConnectorError as error:
            raise NoAnswer("ECONNREFUSED", f"No connection to {error.host}:{error.port}") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # The text of this error can contain the URL, and the URL a secret.
            raise NoAnswer("ECONNRESET", f"The connection failed ({type(error).__name__})") from None


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and value.isdecimal() else None
