"""An SMTP server that counts what it takes, by Message-ID and recipient, and costs little itself.

async with CountingSmtp() as server:            # any user and password; AUTH PLAIN
    server.taken[("<a@example.test>", "b@example.test")]      # how often it took this message for this recipient
    server.refuse = lambda recipient: "550 5.1.1 No such user" if recipient.startswith("gone") else None
    server.answer_after = lambda: 0.05          # seconds from the final dot to the answer
    server.when_taken = lambda: os.kill(...)    # called after a message is counted, before it is answered

It counts a message the moment its last octet is there, before it answers: from then on the message is its own.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from typing import Self, cast

from tests.fakes.ports import PortReservation

__all__ = ["CountingSmtp"]

EXTENSIONS = ("8BITMIME", "SMTPUTF8", "SIZE 35882577", "ENHANCEDSTATUSCODES", "PIPELINING")
_END = b"\r\n.\r\n"
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_SUBJECT = re.compile(rb"^subject:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)


def _no_refusal(_recipient: str) -> str | None:
    return None


def _at_once() -> float:
    return 0.0


def _nothing() -> None:
    pass


class CountingSmtp:
    """Listens on 127.0.0.1.

    `messages` is the number of transactions that were completed. `taken` counts each recipient of each Message-ID,
    `subjects` each recipient of each subject. Without `keeps` only `messages` is counted.
    """

    host = "127.0.0.1"

    def __init__(self, *, extensions: tuple[str, ...] = EXTENSIONS, keeps: bool = True) -> None:
        self._reservation = PortReservation()
        self.port = self._reservation.port
        self.extensions = extensions
        self.keeps = keeps
        self.refuse: Callable[[str], str | None] = _no_refusal
        self.answer_after: Callable[[], float] = _at_once
        self.when_taken: Callable[[], None] = _nothing
        self.messages = 0
        self.connections = 0
        self.taken: Counter[tuple[str, str]] = Counter()
        self.subjects: Counter[tuple[str, str]] = Counter()
        self._open: set[_Conversation] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, on the same port at every start."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Conversation(self, self._open), self.host, self.port)

    async def stop(self) -> None:
        """Refuse new connections and drop the open ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for each in list(self._open):
            each.drop()
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
        self._reservation.release()

    def take(self, content: bytes, recipients: list[str]) -> None:
        """Count a message."""
        self.messages += 1
        if not self.keeps:
            return
        head = content.partition(b"\r\n\r\n")[0]
        for pattern, counts in ((_MESSAGE_ID, self.taken), (_SUBJECT, self.subjects)):
            found = pattern.search(head)
            value = found[1].decode() if found else ""
            counts.update((value, each) for each in recipients)


class _Conversation(asyncio.Protocol):
    """One connection. Commands may come several at a time (PIPELINING); their answers then go in one write."""

    def __init__(self, server: CountingSmtp, others: set[_Conversation]) -> None:
        self._server = server
        self._others = others
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._replies = bytearray()
        self._recipients: list[str] = []
        self._chunks = bytearray()
        self._in_data = False
        self._chunk_left: int | None = None
        self._is_last = False
        self._is_waiting = False

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's by what they do, not by their class.
        self._transport = cast("asyncio.Transport", transport)
        self._others.add(self)
        self._server.connections += 1
        self._say("220 counting.example.test ESMTP")
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._others.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._go_on()

    def drop(self) -> None:
        """Close without a word."""
        if self._transport is not None:
            self._transport.abort()

    # The dialogue

    def _go_on(self) -> None:
        while not self._is_waiting and self._step():
            pass
        self._flush()

    def _step(self) -> bool:
        """Handle one command, or what is there of the data; return False when more has to come first."""
        if self._in_data:
            return self._data()
        if self._chunk_left is not None:
            return self._chunk(self._chunk_left)
        end = self._buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        self._command(line)
        return True

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"MAIL":
            self._recipients = []
            self._say("250 2.1.0 OK")
        elif verb == b"RCPT":
            self._recipient(line)
        elif verb == b"DATA":
            self._in_data = bool(self._recipients)
            self._say("354 Go on" if self._in_data else "503 5.5.1 Nobody to send it to")
        elif verb == b"BDAT":
            _, size, *last = line.split()
            self._chunk_left, self._is_last = int(size), bool(last)
        elif verb == b"QUIT":
            self._say("221 2.0.0 Bye")
            self._flush()
            assert self._transport is not None
            self._transport.close()
        else:
            self._say(self._other(line))

    def _other(self, line: bytes) -> str:
        match line[:4].upper():
            case b"EHLO":
                offered = ["counting.example.test", *self._server.extensions, "AUTH PLAIN"]
                return "\r\n".join(f"250{'-' if each is not offered[-1] else ' '}{each}" for each in offered)
            case b"AUTH":
                return "235 2.7.0 Welcome"
            case b"XCOU":
                return f"250 {self._server.messages}"
            case _:
                self._recipients = []
                return "250 2.0.0 OK"

    def _recipient(self, line: bytes) -> None:
        recipient = line[line.find(b"<") + 1 : line.find(b">")].decode()
        refusal = self._server.refuse(recipient)
        if refusal is None:
            self._recipients.append(recipient)
        self._say(refusal or "250 2.1.5 OK")

    def _data(self) -> bool:
        # The end of an empty message follows the command directly.
        if self._buffer.startswith(b".\r\n"):
            end, length = 0, 3
        else:
            end, length = self._buffer.find(_END), len(_END)
        if end < 0:
            return False
        content = bytes(self._buffer[: end + 2])
        del self._buffer[: end + length]
        self._in_data = False
        self._taken(content)
        return True

    def _chunk(self, size: int) -> bool:
        if len(self._buffer) < size:
            return False
        self._chunks += self._buffer[:size]
        del self._buffer[:size]
        self._chunk_left = None
        if not self._is_last:
            self._say("250 2.0.0 OK")
            return True
        content, self._chunks = bytes(self._chunks), bytearray()
        if self._recipients:
            self._taken(content)
        else:
            self._say("503 5.5.1 Nobody to send it to")
        return True

    def _taken(self, content: bytes) -> None:
        self._server.take(content, self._recipients)
        self._recipients = []
        self._server.when_taken()
        delay = self._server.answer_after()
        if not delay:
            self._say(f"250 2.0.0 Taken as {self._server.messages}")
            return
        self._is_waiting = True
        self._flush()
        asyncio.get_running_loop().call_later(delay, self._answer_late, self._server.messages)

    def _answer_late(self, number: int) -> None:
        self._is_waiting = False
        self._say(f"250 2.0.0 Taken as {number}")
        self._go_on()

    def _say(self, reply: str) -> None:
        self._replies += f"{reply}\r\n".encode()

    def _flush(self) -> None:
        if self._replies and self._transport is not None and not self._transport.is_closing():
            self._transport.write(bytes(self._replies))
        self._replies.clear()
