"""Calls the API inside this process for a visitor, and keeps what it answers, within bounds of time and size.

The call goes through the whole of the API: it is counted, checked and logged as any other.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Scope

from postroom.access.insiders import naming
from postroom.tasks import together
from postroom.web.dashboard.reference.answer_shown import CallAnswer
from postroom.web.dashboard.reference.asked import AskedCall

__all__ = ["MOST_SHOWN", "PATIENCE", "NoAnswerInTime", "call"]

MOST_SHOWN: Final = 1024 * 1024
"""Octets of an answer that are kept."""

PATIENCE: Final = 60.0
"""Seconds within which the answer must have ended."""

_OF_THE_VISITOR: Final = (b"host", b"x-forwarded-for", b"user-agent", b"traceparent")


class NoAnswerInTime(Exception):
    """The operation has not answered in time. It is not known whether it took effect."""


class _Ended(Exception):
    """The call has ended, or enough of its answer is here."""


async def call(app: ASGIApp, asked: AskedCall, request: Request, name: str) -> CallAnswer:
    """Return the answer to a call by the visitor `name`. Raises NoAnswerInTime."""
    found, enough = CallAnswer(), asyncio.Event()

    async def receive() -> Message:
        if not sent:
            sent.append(True)
            return {"type": "http.request", "body": asked.body, "more_body": False}
        await enough.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        _take(found, message)
        if found.is_cut or (message["type"] == "http.response.body" and not message.get("more_body")):
            enough.set()

    async def serve() -> None:
        await app(_scope(asked, request, name), receive, send)
        raise _Ended

    async def watch() -> None:
        await enough.wait()
        if found.is_cut:
            raise _Ended

    sent: list[bool] = []
    try:
        with suppress(_Ended):
            async with asyncio.timeout(PATIENCE):
                await together(serve(), watch())
    except TimeoutError:
        raise NoAnswerInTime from None
    return _measured(found)


def _take(found: CallAnswer, message: Message) -> None:
    if message["type"] == "http.response.start":
        found.status = message["status"]
        found.headers = [
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]
        ]
        return
    piece = message.get("body", b"")
    room = MOST_SHOWN - len(found.body)
    found.body += piece[:room]
    found.is_cut = found.is_cut or len(piece) > room


def _measured(found: CallAnswer) -> CallAnswer:
    announced = found.header("content-length")
    found.size = int(announced) if announced.isdecimal() else None if found.is_cut else len(found.body)
    return found


def _scope(asked: AskedCall, request: Request, name: str) -> Scope:
    """Return the scope of the call: the visitor's address and host, and none of the visitor's cookies."""
    own = [(key, value) for key, value in request.scope["headers"] if key in _OF_THE_VISITOR]
    sent = [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in asked.headers]
    length = [(b"content-length", str(len(asked.body)).encode())] if asked.body else []
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": request.scope.get("scheme", "http"),
        "server": request.scope.get("server"),
        "client": request.scope.get("client"),
        "method": asked.method,
        "path": unquote(asked.path),
        "raw_path": asked.path.encode("ascii"),
        "root_path": "",
        "query_string": asked.query.encode("ascii"),
        "headers": [*own, *sent, *length],
        **naming(name),
    }
