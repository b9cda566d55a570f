"""An HTTP receiver for webhooks that records every request exactly and answers as well or as badly as it is told to.

async with WebhookReceiver() as receiver:
    ...post to receiver.url...
    request = await receiver.wait_for(lambda request: request.json()["event"] == "accountAdded")
    receiver.next_answers(respond(500), retry_after(2), hang())     # then `answer_with` counts again
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any, Self, TypeAlias

from tests.fakes.certificates import server_certificate
from tests.fakes.ports import PortReservation
from tests.fakes.waiting import eventually


@dataclass(frozen=True)
class ReceivedRequest:
    """One request; `headers` has lower-case names, `body` the exact bytes, `at` is `time.monotonic()`."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    at: float = field(default_factory=time.monotonic)

    def json(self) -> Any:
        """The body read as JSON, once; None when it is not JSON. Whoever changes it changes it for all."""
        return self._json

    @cached_property
    def _json(self) -> Any:
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Exchange:
    """A request, with the stream to answer it on."""

    request: ReceivedRequest
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Send bytes unchanged."""
        self.writer.write(data)
        await self.writer.drain()


Answer: TypeAlias = Callable[[Exchange], Awaitable[None]]


# Answers


def respond(
    status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None, *, delay: float = 0.0
) -> Answer:
    """Answer with this status, `delay` seconds after the request."""

    async def answer(exchange: Exchange) -> None:
        await asyncio.sleep(delay)
        await exchange.send(_head(status, {"Content-Length": str(len(body)), **(headers or {})}) + body)

    return answer


def retry_after(value: str | int, status: int = 503) -> Answer:
    """Ask to come back later, with `Retry-After` in seconds or as an HTTP date."""
    return respond(status, headers={"Retry-After": str(value)})


def redirect(location: str, status: int = 302) -> Answer:
    """Redirect the client."""
    return respond(status, headers={"Location": location})


def hang() -> Answer:
    """Read the request and never answer."""

    async def answer(exchange: Exchange) -> None:
        while await exchange.reader.read(65536):
            pass
        exchange.writer.close()

    return answer


def drop() -> Answer:
    """Read the request and close the connection without an answer."""

    async def answer(exchange: Exchange) -> None:
        exchange.writer.close()

    return answer


def close_half_way(status: int = 200) -> Answer:
    """Close in the middle of a body whose full length was announced."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send(_head(status, {"Content-Length": "1000"}) + b"only the beginning")
        exchange.writer.close()

    return answer


def huge_body(size: int = 2**40, status: int = 200) -> Answer:
    """Answer with a body of `size` bytes, as fast as the client reads it."""

    async def answer(exchange: Exchange) -> None:
        await exchange.send(_head(status, {"Content-Length": str(size)}))
        for _ in range(0, size, 65536):
            await exchange.send(b"x" * 65536)

    return answer


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    reason = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


# The receiver


class WebhookReceiver:
    """Listens on 127.0.0.1; answers 200 until told otherwise."""

    host = "127.0.0.1"

    def __init__(self, *, tls: bool = False) -> None:
        self._reservation = PortReservation()
        self.port = self._reservation.port
        self._tls = tls
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self._standing: Answer = respond()
        self._by_path: dict[str, Answer] = {}
        self._next: deque[Answer] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """The URL to post to; `url_for` returns other paths."""
        return self.url_for("/webhook")

    def url_for(self, path: str) -> str:
        """The URL of a path on this receiver."""
        return f"http{'s' if self._tls else ''}://{self.host}:{self.port}{path}"

    # Answers and requests

    def answer_with(self, answer: Answer, *, path: str | None = None) -> None:
        """Set the answer to all later requests, or to those for `path`."""
        if path is None:
            self._standing = answer
        else:
            self._by_path[path] = answer

    def next_answers(self, *answers: Answer) -> None:
        """Set the answers to the next requests, one for each, before `answer_with` applies again."""
        self._next.extend(answers)

    async def wait_for(
        self, predicate: Callable[[ReceivedRequest], object] = lambda _: True, timeout: float = 60.0
    ) -> ReceivedRequest:
        """Return the first matching request, past or future; AssertionError with the others after `timeout` seconds."""
        try:
            await eventually(lambda: any(predicate(request) for request in self.requests), timeout)
        except AssertionError as late:
            seen = [(request.path, request.json() or request.body) for request in self.requests]
            raise AssertionError(f"no such request within {timeout} s; received: {seen}") from late
        return next(request for request in self.requests if predicate(request))

    async def wait_for_count(self, count: int, timeout: float = 60.0) -> list[ReceivedRequest]:
        """Wait for the first `count` requests and return them."""
        await eventually(lambda: len(self.requests) >= count, timeout, what=f"{count} requests")
        return self.requests[:count]

    # Life

    async def start(self) -> None:
        """Listen, on the same port at every start."""
        context = server_certificate().server_context() if self._tls else None
        self._listener = await asyncio.start_server(self._serve, self.host, self.port, ssl=context)

    async def stop(self) -> None:
        """Refuse new connections and drop the open ones; the requests stay recorded."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._reservation.release()

    # Internals

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._converse(reader, writer, self.connections)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # Python 3.11 reports a cancelled connection handler as an unhandled error. Here the cancellation is
            # intended.
            writer.transport.abort()
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        while not writer.is_closing():
            request = await _read_request(reader, connection)
            if request is None:
                return
            self.requests.append(request)
            answer = self._next.popleft() if self._next else self._by_path.get(request.path, self._standing)
            await answer(Exchange(request, reader, writer))


async def _read_request(reader: asyncio.StreamReader, connection: int) -> ReceivedRequest | None:
    """Read one request (RFC 9112); None at the end of the connection."""
    first = await reader.readline()
    if not first:
        return None
    method, path, _ = first.decode("latin-1").split(" ", 2)
    headers = {}
    while (line := (await reader.readline()).decode("latin-1").rstrip("\r\n")) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return ReceivedRequest(method, path, headers, body, connection)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int((await reader.readline()).partition(b";")[0], 16):
        body += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return body
