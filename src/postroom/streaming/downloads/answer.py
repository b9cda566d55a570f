"""Sends the content of a mailbox to a client while it is fetched: one piece is sent while the next one comes.

A download keeps its lent session until its end. When the client leaves, the FETCH ends with it. When the mail server
fails after the first octet, the connection is closed before the promised end, so that the client notices. So is that of
a client that reads too slowly, because nobody else can use the session meanwhile.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from typing import Final, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from postroom.errors import PostroomError
from postroom.log import get_logger
from postroom.streaming.downloads.slow_readers import SlowestReader
from postroom.tasks import together

__all__ = ["Download", "Pieces"]

SLICE: Final = 256 * 1024
"""Octets that are handed to the connection at once; it holds about as many before it makes us wait."""

log = get_logger("api")


class Pieces(Protocol):
    """Where the content comes from."""

    def gives_way(self) -> bool:
        """Whether another call waits for the session. True is a promise: the download ends soon."""
        ...

    async def read(self) -> bytes:
        """Return the next octets; none at the end. Raises PostroomError when there is a failure."""
        ...


class _Over(Exception):
    """Everything is sent, or the client has left. It ends the other of the two."""


class Download(Response):
    """The answer. `first` are the octets that came before the answer began; `source` is left at the end."""

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        first: bytes,
        pieces: Pieces,
        source: AsyncExitStack,
        slowest: SlowestReader,
    ) -> None:
        # Response.__init__ is not called, because it would announce a length.
        self.status_code = status
        self.background = None
        self.init_headers(headers)
        self._first = first
        self._pieces = pieces
        self._source = source
        self._slowest = slowest
        # When the piece was handed over that the client reads now.
        self._begun = math.inf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the end, a failure, or until the client leaves."""
        try:
            async with self._source:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                if scope["method"] != "HEAD":
                    await _until_left(receive, self, send)
        except PostroomError as error:
            # The answer has begun. Ending without its last part makes the server close the connection.
            log.warning("a download broke off", route=scope.get("route"), code=error.code, error=error.message)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def send_all(self, send: Send) -> None:
        """Send the content, without the end of the answer."""
        piece = self._first
        self._first = b""
        while piece:
            _, piece = await together(self._deliver(send, piece), self._pieces.read())

    async def _deliver(self, send: Send, piece: bytes) -> bytes:
        self._begun = asyncio.get_running_loop().time()
        for at in range(0, len(piece), SLICE):
            await send({"type": "http.response.body", "body": piece[at : at + SLICE], "more_body": True})
        self._begun = math.inf
        return b""

    async def watch(self) -> None:
        """Raise SlowReader when the client takes too long for a piece."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._slowest.interval)
            self._slowest.check(loop.time() - self._begun, self._pieces.gives_way)


async def _until_left(receive: Receive, download: Download, send: Send) -> None:
    async def sending() -> None:
        await download.send_all(send)
        raise _Over

    with suppress(_Over):
        await together(sending(), _left(receive), download.watch())


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise _Over
