"""Reads Server-Sent Events: from octets as they come to blocks. Pure.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Block", "BlockReader"]

_END: Final = re.compile(rb"\r\n|\n|\r")
_MARK: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a stream. `id` is None when it has none; a block without `data` is no event, but may have an id."""

    id: str | None
    event: str
    data: str


class BlockReader:
    """Collects octets until a block is whole."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._looked = 0
        self._is_begun = False
        self._id: str | None = None
        self._event = ""
        self._data: list[str] = []

    def feed(self, octets: bytes) -> list[Block]:
        """Take the next octets; return the blocks that are whole now. What is not whole when a stream ends is void."""
        self._rest += octets
        if not self._is_begun and len(self._rest) >= len(_MARK):
            self._is_begun = True
            if self._rest.startswith(_MARK):
                del self._rest[: len(_MARK)]
        return [block for line in self._lines() if (block := self._take(line)) is not None]

    def _lines(self) -> list[str]:
        lines, begin = [], 0
        for end in _END.finditer(self._rest, self._looked):
            # A CR at the end may be the first half of CR LF.
            if end.group() == b"\r" and end.end() == len(self._rest):
                break
            lines.append(self._rest[begin : end.start()].decode(errors="replace"))
            begin = end.end()
        del self._rest[:begin]
        self._looked = max(len(self._rest) - 1, 0)
        return lines

    def _take(self, line: str) -> Block | None:
        if not line:
            return self._finished()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _finished(self) -> Block | None:
        block = Block(self._id, self._event or "message", "\n".join(self._data))
        is_empty = self._id is None and not self._data
        self._id, self._event, self._data = None, "", []
        return None if is_empty else block
