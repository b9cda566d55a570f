"""Sends requests over httpx with asyncio."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TypeVar

import httpx

from postroom.client.errors import ApiError
from postroom.client.reading import error_of, value_of
from postroom.client.request import ApiRequest
from postroom.client.transports.connecting import LIMITS, Connecting, trusting, unreachable

__all__ = ["AsyncTransport"]

R = TypeVar("R")
T = TypeVar("T")


class AsyncTransport:
    """The connections to one gateway. It belongs to one event loop."""

    def __init__(
        self,
        connecting: Connecting,
        *,
        tls: ssl.SSLContext | None = None,
        http: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`tls` says which certificates are trusted, by default the usual ones. `http` replaces the network."""
        self.connecting = connecting
        self._http = httpx.AsyncClient(
            headers=connecting.headers, limits=LIMITS, transport=http, verify=tls or trusting()
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, request: ApiRequest[T]) -> T:
        """Return the answer; send again what may be sent again. Raises ApiError."""

        async def once() -> T:
            async with self.open(request) as response:
                return value_of(request, response.headers, await self.content_of(request, response))

        return await self.repeated(request, once)

    async def repeated(self, request: ApiRequest[T], work: Callable[[], Awaitable[R]]) -> R:
        """Return what `work` does with a request; do it again as far as it may be repeated. Raises ApiError."""
        attempt = 1
        while True:
            try:
                return await work()
            except ApiError as error:
                error.idempotency_key = request.idempotency_key
                wait = self.connecting.retries.wait_after(error, request.repeat, attempt, random.random())  # noqa: S311
                if wait is None:
                    raise
            await asyncio.sleep(wait)
            attempt += 1

    @asynccontextmanager
    async def open(self, request: ApiRequest[T], silence: float | None = None) -> AsyncIterator[httpx.Response]:
        """Send once; give the answer whose body is still to be read. Raises ApiError.

        `silence` is how long in seconds the answer may say nothing, by default the timeout.
        """
        sent = self._http.build_request(
            request.method,
            self.connecting.url + request.path,
            params=request.query,
            content=request.body,
            headers=request.headers,
            timeout=self.connecting.limit(request.timeout, silence),
        )
        response = await self._begun(request, sent)
        try:
            if not response.is_success:
                content = await self.content_of(request, response)
                secrets, now = self.connecting.secrets, datetime.now(UTC)
                raise error_of(request.label, response.status_code, response.headers, content, secrets, now)
            yield response
        finally:
            await response.aclose()

    async def pieces(self, request: ApiRequest[T], response: httpx.Response) -> AsyncGenerator[bytes]:
        """Return the body piece by piece as it comes. Raises Unreachable when it breaks off."""
        try:
            async for piece in response.aiter_bytes():
                yield piece
            return
        except httpx.HTTPError as error:
            failed = unreachable(error, request.label, self.connecting)
        raise failed

    async def content_of(self, request: ApiRequest[T], response: httpx.Response) -> bytes:
        """Return the whole body. Raises Unreachable."""
        try:
            return await response.aread()
        except httpx.HTTPError as error:
            failed = unreachable(error, request.label, self.connecting)
        raise failed

    async def _begun(self, request: ApiRequest[T], sent: httpx.Request) -> httpx.Response:
        # Raised outside of `except`: the error of httpx holds the request with its token, and would be its context.
        try:
            return await self._http.send(sent, stream=True)
        except httpx.HTTPError as error:
            failed = unreachable(error, request.label, self.connecting)
        raise failed
