"""Downloads piece by piece, for programs without asyncio."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import httpx

from postroom.client.attached import Attached
from postroom.client.request import ApiRequest
from postroom.client.transports.blocking import BlockingTransport
from postroom.client.transports.saving import saving

__all__ = ["BlockingDownload"]


class BlockingDownload:
    """A file that is not in memory as a whole. Use it in a `with`, then iterate over its octets or `save` it.

    Within the block, `file` says what it is. Unreachable is raised when it breaks off, so what came is all of it.
    """

    file: Attached

    def __init__(self, transport: BlockingTransport, request: ApiRequest[bytes]) -> None:
        self._transport = transport
        self._request = request
        self._open = ExitStack()
        self._response: httpx.Response | None = None

    def __enter__(self) -> Self:
        def opened() -> httpx.Response:
            return self._open.enter_context(self._transport.open(self._request))

        self._response = self._transport.repeated(self._request, opened)
        self.file = Attached.of(self._response.headers)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def __iter__(self) -> Iterator[bytes]:
        if self._response is None:
            raise ValueError("use a download in a `with`")
        return self._transport.pieces(self._request, self._response)

    def save(self, target: str | os.PathLike[str]) -> Path:
        """Write it to a path, or under its own name into a folder; return where. It is there only when it is whole.

        In a folder it takes no other file's place: its name then has a number.
        """
        with saving(target, self.file) as file:
            for octets in self:
                file.written.write(octets)
            return file.finish()
