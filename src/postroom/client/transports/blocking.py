"""Sends requests over httpx and waits for the answer, for programs without asyncio."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import httpx

from postroom.client.errors import ApiError
from postroom.client.reading import error_of, value_of
from postroom.client.request import ApiRequest
from postroom.client.transports.connecting import LIMITS, Connecting, trusting, unreachable

__all__ = ["BlockingTransport"]

R = TypeVar("R")
T = TypeVar("T")


class BlockingTransport:
    """The connections to one gateway. It may be used by several threads at once."""

    def __init__(
        self,
        connecting: Connecting,
        *,
        tls: ssl.SSLContext | None = None,
        http: httpx.BaseTransport | None = None,
    ) -> None:
        """`tls` says which certificates are trusted, by default the usual ones. `http` replaces the network."""
        self.connecting = connecting
        self._http = httpx.Client(headers=connecting.headers, limits=LIMITS, transport=http, verify=tls or trusting())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, request: ApiRequest[T]) -> T:
        """Return the answer; send again what may be sent again. Raises ApiError."""

        def once() -> T:
            with self.open(request) as response:
                return value_of(request, response.headers, self.content_of(request, response))

        return self.repeated(request, once)

    def repeated(self, request: ApiRequest[T], work: Callable[[], R]) -> R:
        """Return what `work` does with a request; do it again as far as it may be repeated. Raises ApiError."""
        attempt = 1
        while True:
            try:
                return work()
            except ApiError as error:
                error.idempotency_key = request.idempotency_key
                wait = self.connecting.retries.wait_after(error, request.repeat, attempt, random.random())  # noqa: S311
                if wait is None:
                    raise
            time.sleep(wait)
            attempt += 1

    @contextmanager
    def open(self, request: ApiRequest[T], silence: float | None = None) -> Iterator[httpx.Response]:
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
        response = self._begun(request, sent)
        try:
            if not response.is_success:
                content = self.content_of(request, response)
                secrets, now = self.connecting.secrets, datetime.now(UTC)
                raise error_of(request.label, response.status_code, response.headers, content, secrets, now)
            yield response
        finally:
            response.close()

    def pieces(self, request: ApiRequest[T], response: httpx.Response) -> Iterator[bytes]:
        """Return the body piece by piece as it comes. Raises Unreachable when it breaks off."""
        try:
            yield from response.iter_bytes()
            return
        except httpx.HTTPError as error:
            failed = unreachable(error, request.label, self.connecting)
        raise failed

    def content_of(self, request: ApiRequest[T], response: httpx.Response) -> bytes:
        """Return the whole body. Raises Unreachable."""
        try:
            return response.read()
        except httpx.HTTPError as error:
            failed = unreachable(error, request.label, self.connecting)
        raise failed

    def _begun(self, request: ApiRequest[T], sent: httpx.Request) -> httpx.Response:
        # Raised outside of `except`: the error of httpx holds the request with its token, and would be its context.
        try:
            return self._http.send(sent, stream=True)
        except httpx.HTTPError as error:
            failed = unreachable(error, request.label, self.connecting)
        raise failed
