"""STATUS (RFC 9051 section 6.3.11): counters of a mailbox without opening it."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, MailboxName, mailbox_argument, same_mailbox, words
from postroom.imap.commands.command import silent
from postroom.imap.names import decode_mailbox, normalise_inbox
from postroom.imap.responses import Response, StatusData, StatusResponse
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["Status"]


@dataclass(slots=True, eq=False)
class Status:
    """Asks for counters ("MESSAGES", "UIDNEXT", ...). The result has no items when the server said only OK.

    STATUS of different mailboxes may be in flight together, so many folders cost one round trip.
    """

    mailbox: MailboxName
    items: tuple[str, ...]
    _told: StatusData | None = field(default=None, init=False)

    name = "STATUS"
    states = AUTHENTICATED_STATES
    trigger = None

    @property
    def _readable(self) -> str:
        return normalise_inbox(decode_mailbox(self.mailbox) if isinstance(self.mailbox, bytes) else self.mailbox)

    @property
    def claims(self) -> frozenset[str] | None:
        return frozenset({f"STATUS {self._readable}"})

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        items = encode.parenthesized(encode.atom(item) for item in self.items)
        return words(b"STATUS", mailbox_argument(self.mailbox, enabled), items)

    def accept(self, response: Response) -> bool:
        if isinstance(response, StatusData) and same_mailbox(self.mailbox, response.name):
            self._told = response
            return True
        return False

    continuation = silent

    def result(self, _tagged: StatusResponse) -> StatusData:
        return self._told or StatusData(self._readable, {})
