"""NOTIFY (RFC 5465): chooses which changes, in which mailboxes, the server reports unasked."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, MailboxName, group, mailbox_argument, words
from postroom.imap.commands.command import ALONE, silent
from postroom.imap.encode import Argument
from postroom.imap.responses import Response, StatusData, StatusResponse
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["Notify", "Watched"]


@dataclass(frozen=True, slots=True)
class Watched:
    """One group of mailboxes and the events to report for them.

    `where` is a filter ("SELECTED", "SELECTED-DELAYED", "PERSONAL", "INBOXES", "SUBSCRIBED") or, with `mailboxes`,
    "MAILBOXES" or "SUBTREE". `events` are "MessageNew", "MessageExpunge", "FlagChange", "MailboxName" and so on; empty
    means none. `fetch` names the items to send with each new message, which only the selected mailbox can have.
    """

    where: str
    events: tuple[str, ...]
    mailboxes: tuple[MailboxName, ...] = ()
    fetch: tuple[str, ...] = ()

    def encode(self, enabled: frozenset[str]) -> Chunks:
        """The event group. LocalProtocolError when a name cannot be written."""
        where: Chunks = [encode.atom(self.where)]
        if self.mailboxes:
            where = words(where, group(mailbox_argument(mailbox, enabled) for mailbox in self.mailboxes))
        events: list[Argument] = []
        for event in self.events:
            events.append(encode.atom(event))
            if event == "MessageNew" and self.fetch:
                events.append(encode.parenthesized(encode.atom(item) for item in self.fetch))
        return [b"(", *words(where, group(events) if events else b"NONE"), b")"]


@dataclass(slots=True, eq=False)
class Notify:
    """Sets what the server reports. Without groups it reports nothing, not even what every IMAP server reports.

    With `status` the server first sends the STATUS of every watched mailbox that is not selected; that is the result.
    """

    groups: tuple[Watched, ...] = ()
    status: bool = False
    _told: list[StatusData] = field(default_factory=list, init=False)

    name = "NOTIFY"
    states = AUTHENTICATED_STATES
    claims = ALONE
    trigger = None

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        if not self.groups:
            return [b"NOTIFY NONE"]
        start = b"NOTIFY SET STATUS" if self.status else b"NOTIFY SET"
        return words(start, *(watched.encode(enabled) for watched in self.groups))

    def accept(self, response: Response) -> bool:
        if self.status and isinstance(response, StatusData):
            self._told.append(response)
            return True
        return False

    continuation = silent

    def result(self, _tagged: StatusResponse) -> tuple[StatusData, ...]:
        return tuple(self._told)
