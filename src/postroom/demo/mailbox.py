"""The sandbox mailbox from outside: its credentials, and delivery with the IMAP command APPEND."""

from __future__ import annotations

import asyncio
import imaplib
import time
from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from postroom.footprint.dataclass import dataclass

LOOPBACK = "127.0.0.1"
_TIMEOUT = 30.0


class DeliveryFailed(Exception):
    """The sandbox refused a message; the text is its answer."""


@dataclass(frozen=True, slots=True)
class DemoMailbox:
    """The address and the credentials of the sandbox mailbox."""

    user: str
    password: str = field(repr=False)
    imap_port: int
    host: str = LOOPBACK

    async def deliver(self, message: bytes, folder: str = "INBOX", *, age: float = 0.0) -> None:
        """Put a message into a folder, as if it had arrived `age` seconds ago. Raises DeliveryFailed."""
        await asyncio.to_thread(self.append, message, folder, age=age)

    async def make_folders(self, names: Sequence[str]) -> None:
        """Create folders. Raises DeliveryFailed."""
        await asyncio.to_thread(self._create, names)

    def append(self, message: bytes, folder: str = "INBOX", *, age: float = 0.0) -> None:
        """Do the same without asyncio: it blocks. Raises DeliveryFailed."""
        arrived = imaplib.Time2Internaldate(time.time() - age)
        with self._signed_in() as client:
            _expect_ok(client.append(folder, "", arrived, message))

    def _create(self, names: Sequence[str]) -> None:
        with self._signed_in() as client:
            for name in names:
                _expect_ok(client.create(name))

    def _signed_in(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self.host, self.imap_port, timeout=_TIMEOUT)
        client.login(self.user, self.password)
        return client


def letter(sender: str, recipient: str, subject: str, text: str) -> bytes:
    """Return a plain message, ready to deliver."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, recipient, subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = make_msgid(domain="example.test")
    message.set_content(text)
    return message.as_bytes()


def _expect_ok(answer: tuple[str, list[object]] | tuple[str, object]) -> None:
    status, detail = answer
    if status != "OK":
        raise DeliveryFailed(f"The sandbox mail server answered {status}: {detail}")
