"""An ASGI application asked without a server: one request in, the messages of its answer out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope


@dataclass(frozen=True)
class Sent:
    """What an application sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return orjson.loads(self.body)


def scope_of(
    method: str,
    path: str,
    *,
    query: str = "",
    peer: str | None = "192.0.2.1",
    headers: Mapping[str, str] = MappingProxyType({}),
) -> Scope:
    """Return the scope of a request from `peer`."""
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": (peer, 1) if peer else None,
    }


def receiving(body: bytes = b"") -> Receive:
    """Return what an application receives a body with."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def request(
    path: str, body: bytes = b"", *, query: str = "", headers: Mapping[str, str] = MappingProxyType({})
) -> Request:
    """Return a POST request as the steps before a handler see it."""
    return Request(scope_of("POST", path, query=query, headers=headers), receiving(body))


async def ask(app: ASGIApp, scope: Scope, body: bytes = b"") -> Sent:
    """Send a request to an application, and return what it answered."""
    messages: list[Message] = []

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receiving(body), send)
    start, *rest = messages
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Sent(start["status"], headers, b"".join(message.get("body", b"") for message in rest))
