"""The post office of a sandbox: whose mailboxes there are, and what mail was handed in over SMTP."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import field

from postroom.demo.mailbox import DemoMailbox
from postroom.footprint.dataclass import dataclass

_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class TakenMail:
    """One message that was handed in: its envelope, and its bytes as they came."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)


@dataclass(slots=True)
class PostOffice:
    """The mailboxes, and the last messages that were handed in, whoever they are for."""

    mailboxes: list[DemoMailbox]
    taken: deque[TakenMail] = field(default_factory=lambda: deque(maxlen=_KEPT))

    def mailboxes_of(self, recipients: Iterable[str]) -> list[DemoMailbox]:
        """Return the mailboxes of those recipients who have one here."""
        wanted = {recipient.casefold() for recipient in recipients}
        return [mailbox for mailbox in self.mailboxes if mailbox.user.casefold() in wanted]

    def admits(self, user: bytes, password: bytes) -> bool:
        """Say whether these are the credentials of a mailbox."""
        return any((user, password) == (each.user.encode(), each.password.encode()) for each in self.mailboxes)
