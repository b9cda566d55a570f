"""A webhook receiver that costs little: it notes the time of each request and answers 200; bodies are read later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import orjson

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True, slots=True)
class Received:
    """One request: when its last octet came (`time.monotonic()`), its `webhook-id`, its body."""

    at: float
    id: str
    body: bytes

    def json(self) -> dict[str, Any]:
        """The event."""
        event: dict[str, Any] = orjson.loads(self.body)
        return event

    @property
    def subject(self) -> str:
        """The subject of the new message, empty for another event."""
        event = self.json()
        return str(event["data"].get("subject", "")) if event["event"] == "messageNew" else ""


class Receiver:
    """Listens on loopback; `requests` grows."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None, "the receiver is not listening"
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}/webhooks"

    async def __aenter__(self) -> Receiver:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Conversation(self.requests.append), "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()

    async def quiet(self, wanted: int, *, silence: float = 60.0, limit: float = 300.0) -> None:
        """Wait until `wanted` requests have come, or none comes any more; then a moment longer, for doubles."""
        deadline = time.monotonic() + limit
        while len(self.requests) < wanted and time.monotonic() < deadline:
            last = self.requests[-1].at if self.requests else time.monotonic()
            if self.requests and time.monotonic() - last > silence:
                return
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.0)


class _Conversation(asyncio.Protocol):
    """One connection of a client that does not pipeline."""

    def __init__(self, note: Callable[[Received], None]) -> None:
        self._note = note
        self._buffer = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's by what they do, not by their class.
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, body = self._buffer.partition(b"\r\n\r\n")
        if not separator or len(body) < int(_field(head, b"content-length") or 0):
            return
        self._note(Received(time.monotonic(), _field(head, b"webhook-id").decode(), body))
        self._buffer = b""
        assert self._transport is not None
        self._transport.write(_ANSWER)


def _field(head: bytes, name: bytes) -> bytes:
    """The value of a header field, empty when it is not there."""
    at = head.lower().find(b"\r\n" + name + b":")
    return b"" if at < 0 else head[at + len(name) + 3 :].partition(b"\r\n")[0].strip()
