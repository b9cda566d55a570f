"""Sends a page piece by piece while its content comes about, to a browser with or without scripts."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from postroom.loops import run_once

__all__ = ["GrowingPage", "Put"]

Put: TypeAlias = Callable[[str], Awaitable[None]]
"""Sends a piece of the page."""

_NOT_OURS: Final = ("content-length", "content-type")


class GrowingPage(Response):
    """An HTML page that `write` sends piece by piece. When the browser leaves, `write` is cancelled.

    `headers` are those of the finished page; it has no length. An error in the middle is logged, and `broken` ends the
    page: the text for people, and the rest of the page.
    """

    media_type = "text/html"

    def __init__(self, headers: Mapping[str, str], write: Callable[[Put], Awaitable[None]], broken: str = "") -> None:
        # Response.__init__ is not called, because it would announce a length.
        self.status_code = 200
        self.background = None
        kept = {name: value for name, value in headers.items() if name.lower() not in _NOT_OURS}
        self.init_headers({**kept, "x-accel-buffering": "no"})
        self._write = write
        self._broken = broken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces as they come."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self._send_all(send))
            leaving = group.create_task(_left(receive))
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            sending.cancel()
            leaving.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_all(self, send: Send) -> None:
        async def put(piece: str) -> None:
            await send({"type": "http.response.body", "body": piece.encode(), "more_body": True})

        if not await run_once("growing page", lambda: self._write(put)) and self._broken:
            await run_once("end of a growing page", lambda: put(self._broken))


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
