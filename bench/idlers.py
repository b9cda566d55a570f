"""Bare IMAP clients, a socket each: they prepare mailboxes, and in IDLE they are the yardstick for latency."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Self

from bench.mailserver import user
from tests.live.dovecot import Dovecot

_PREPARING = 8


class Idler:
    """One mailbox watched in IDLE; `seen` holds the monotonic time at which each new message was announced."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen: list[float] = []
        self._count = 0
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, dovecot: Dovecot, number: int, *, tls: bool) -> Self:
        """Connect, sign in, open INBOX."""
        port = dovecot.tls_port if tls else dovecot.port
        context = dovecot.client_context() if tls else None
        reader, writer = await asyncio.open_connection(dovecot.host, port, ssl=context)
        idler = cls(reader, writer)
        await reader.readline()
        await idler._command(f'LOGIN "{user(number)}" "{dovecot.password}"')
        await idler._command("SELECT INBOX")
        idler.seen.clear()
        return idler

    @classmethod
    async def prepare(cls, dovecot: Dovecot, number: int, *, tls: bool) -> None:
        """Sign in once and look into every folder: a mail server makes a new mailbox and its indexes at leisure."""
        idler = await cls.open(dovecot, number, tls=tls)
        await idler._command('LIST "" "*" RETURN (STATUS (MESSAGES UIDNEXT HIGHESTMODSEQ))')
        await idler._command("LOGOUT")
        idler.close()

    @classmethod
    async def prepare_all(cls, dovecot: Dovecot, numbers: Iterable[int], *, tls: bool) -> None:
        """Prepare these mailboxes, several at a time."""
        pending = iter(numbers)

        async def work() -> None:
            for number in pending:
                await cls.prepare(dovecot, number, tls=tls)

        async with asyncio.TaskGroup() as group:
            for _ in range(_PREPARING):
                group.create_task(work())

    async def run(self) -> None:
        """Begin IDLE and note what comes, until the connection ends."""
        self._writer.write(b"b IDLE\r\n")
        while line := await self._reader.readline():
            self._note(line)

    def close(self) -> None:
        self._writer.close()

    async def _command(self, text: str) -> None:
        self._writer.write(f"a {text}\r\n".encode())
        while not (line := await self._reader.readline()).startswith(b"a "):
            if not line:
                raise ConnectionError("the mail server closed the connection")
            self._note(line)
        if not line.startswith(b"a OK"):
            raise ConnectionError(line.decode(errors="replace"))

    def _note(self, line: bytes) -> None:
        if line.endswith(b" EXISTS\r\n"):
            before, self._count = self._count, int(line.split()[1])
            self.seen.extend([time.monotonic()] * (self._count - before))
