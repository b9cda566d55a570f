"""Downloads piece by piece, for asyncio."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import httpx

from postroom.client.attached import Attached
from postroom.client.request import ApiRequest
from postroom.client.transports.asynchronous import AsyncTransport
from postroom.client.transports.saving import saving

__all__ = ["AsyncDownload"]


class AsyncDownload:
    """A file that is not in memory as a whole. Use it in an `async with`, then iterate over its octets or `save` it.

    Within the block, `file` says what it is. Unreachable is raised when it breaks off, so what came is all of it.
    """

    file: Attached

    def __init__(self, transport: AsyncTransport, request: ApiRequest[bytes]) -> None:
        self._transport = transport
        self._request = request
        self._open = AsyncExitStack()
        self._response: httpx.Response | None = None

    async def __aenter__(self) -> Self:
        async def opened() -> httpx.Response:
            return await self._open.enter_async_context(self._transport.open(self._request))

        self._response = await self._transport.repeated(self._request, opened)
        self.file = Attached.of(self._response.headers)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def __aiter__(self) -> AsyncIterator[bytes]:
        if self._response is None:
            raise ValueError("use a download in an `async with`")
        return self._transport.pieces(self._request, self._response)

    async def save(self, target: str | os.PathLike[str]) -> Path:
        """Write it to a path, or under its own name into a folder; return where. It is there only when it is whole.

        In a folder it takes no other file's place: its name then has a number.
        """
        with saving(target, self.file) as file:
            async for octets in self:
                await asyncio.to_thread(file.written.write, octets)
            return await asyncio.to_thread(file.finish)
