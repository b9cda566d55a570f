"""Parcels for tests, and what carries them: a line of a session at a small server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from postroom.connections.clients.smtp_client import SmtpSession, open_smtp
from postroom.connections.clients.smtp_line import SmtpLine
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint, TlsMode
from postroom.connections.timeouts import Timeouts
from postroom.imap.credentials import Credentials
from postroom.smtp.envelope import SmtpEnvelope
from postroom.submission.transmission.parcel import Carried, Parcel
from postroom.submission.transmission.times import SendingTimes
from postroom.submission.transmission.transfer import Transfer, TransferTerms
from postroom.words.strangers import Secrets
from tests.fakes.smtp_server import FakeSmtpServer

__all__ = ["IMPATIENT", "MESSAGE", "PATIENT", "SOON_TIRED", "Carrier", "Wish", "carrier", "content_of"]

MESSAGE = b"Subject: hello\r\nMessage-ID: <id@example.test>\r\n\r\nhello\r\n.a dot\r\n..two\r\n.\r\nend\r\n"
PATIENT = SendingTimes(command=20, block=20, answer=20, reset=20, grace=20)
# The end of a message is reached without haste, and then its answer is not waited for.
SOON_TIRED = replace(PATIENT, answer=0.05, grace=0.05)
IMPATIENT = SendingTimes(command=0.05, block=0.05, answer=0.05, reset=0.05, grace=0.05)
USER = Credentials("ada", "pass")


@dataclass
class Wish:
    """What a test wants carried, and what was asked of it."""

    recipients: tuple[str, ...] = ("b@example.test",)
    pieces: tuple[bytes, ...] = (MESSAGE,)
    allowed: bool = True
    more: dict[str, Any] = field(default_factory=dict)
    asked: int = 0
    read: int = 0

    @property
    def parcel(self) -> Parcel:
        """The parcel."""
        size = sum(map(len, self.pieces))
        envelope = SmtpEnvelope("a@example.test", self.recipients, size, **self.more)
        return Parcel(envelope, self._content, self._may_send)

    async def _content(self) -> AsyncIterator[bytes]:
        self.read += 1
        for piece in self.pieces:
            yield piece

    async def _may_send(self) -> bool:
        self.asked += 1
        return self.allowed


def content_of(*pieces: bytes) -> Callable[[], AsyncIterator[bytes]]:
    """The content of a parcel."""

    async def content() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return content


@dataclass
class Carrier:
    """An open session, whose line carries parcels."""

    session: SmtpSession
    line: SmtpLine
    terms: TransferTerms
    last: Transfer | None = None

    async def carry(self, wish: Wish | None = None) -> Carried:
        """Carry a parcel."""
        self.last = Transfer(self.line, self.terms, (wish or Wish()).parcel)
        return await self.last.carry()


@asynccontextmanager
async def carrier(
    server: FakeSmtpServer,
    times: SendingTimes = PATIENT,
    *,
    port: int | None = None,
    tls: TlsMode = "none-ok",
    verify: bool | None = None,
    **terms: Any,
) -> AsyncIterator[Carrier]:
    """Sign in for the block."""
    endpoint = Endpoint("localhost", port or server.port, tls, verify=verify)
    session = await open_smtp(endpoint, USER, Timeouts(), "postroom.example", lookups=LOCALHOST)
    terms = {"secrets": Secrets.of("pass"), "times": times, "in_chunks": True, **terms}
    try:
        yield Carrier(session, session.take_over(), TransferTerms("localhost", session.offered, **terms))
    finally:
        session.close()
