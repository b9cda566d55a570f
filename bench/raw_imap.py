"""A bare IMAP client on a socket, which reads answers and understands nothing: what a mail server itself costs."""

from __future__ import annotations

import asyncio
import re
from typing import Self

_LITERAL = re.compile(rb"\{(\d+)\}\r\n$")
_READ_AT_ONCE = 2**20


class RawImap:
    """One plaintext session that is logged in, with a folder open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._number = 0
        # The FETCH responses in the answer to the last command.
        self.fetched = 0

    @classmethod
    async def open(cls, host: str, port: int, user: str, password: str) -> Self:
        reader, writer = await asyncio.open_connection(host, port, limit=_READ_AT_ONCE)
        session = cls(reader, writer)
        await reader.readline()
        await session.run(f'LOGIN "{user}" "{password}"')
        return session

    def close(self) -> None:
        self._writer.close()

    async def run(self, command: str) -> int:
        """Send a command and read its answer to the end; return its octets. Raises RuntimeError unless it is OK."""
        self._number += 1
        tag = f"a{self._number}".encode()
        self._writer.write(tag + b" " + command.encode() + b"\r\n")
        octets = self.fetched = 0
        while True:
            line = await self._reader.readline()
            octets += len(line)
            if line.startswith(tag + b" "):
                if not line.startswith(tag + b" OK"):
                    raise RuntimeError(f"{command[:60]} was answered {line!r}")
                return octets
            self.fetched += line.startswith(b"* ") and b" FETCH (" in line[:24]
            if not line:
                raise RuntimeError(f"the server hung up during {command[:60]}")
            if literal := _LITERAL.search(line):
                octets += await self._skip(int(literal[1]))

    async def _skip(self, octets: int) -> int:
        left = octets
        while left:
            left -= len(await self._reader.read(min(left, _READ_AT_ONCE)))
        return octets
