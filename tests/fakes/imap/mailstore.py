"""The mail of the fake IMAP server: plain data in memory, one store per user."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

_serials = itertools.count(1)


@dataclass
class Message:
    """One message in a mailbox.

    `serial` is the same for all copies of a message: the server's own ids are made of it. `untold` are the ids that the
    server answers with NIL (EMAILID, THREADID).
    """

    uid: int
    content: bytes
    flags: set[str]
    received: datetime.datetime
    serial: int = field(default_factory=_serials.__next__)
    untold: frozenset[str] = frozenset()


@dataclass
class Mailbox:
    """A mailbox; a message's sequence number is its place in `messages`, from 1."""

    name: str
    attributes: tuple[str, ...] = ()
    uid_validity: int = 1
    uid_next: int = 1
    messages: list[Message] = field(default_factory=list)

    def append(self, content: bytes, flags: Iterable[str] = (), received: datetime.datetime | None = None) -> Message:
        """Add a message under the next UID."""
        when = received or datetime.datetime.now(datetime.UTC)
        message = Message(self.uid_next, content, set(flags), when)
        self.uid_next += 1
        self.messages.append(message)
        return message

    def copy(self, message: Message) -> Message:
        """Add a copy of a message, under the next UID."""
        made = replace(message, uid=self.uid_next, flags=set(message.flags))
        self.uid_next += 1
        self.messages.append(made)
        return made

    def number_of(self, uid: int) -> int:
        """The sequence number of the message with this UID."""
        return 1 + next(index for index, message in enumerate(self.messages) if message.uid == uid)

    def chosen(self, sequence_set: str, *, by_uid: bool) -> list[tuple[int, Message]]:
        """(sequence number, message) of everything in a set such as `1:4,7,9:*` (RFC 3501, section 9)."""
        numbered = list(enumerate(self.messages, start=1))
        keys = [message.uid if by_uid else number for number, message in numbered]
        last = keys[-1] if keys else 0
        ranges = [sorted(_range_ends(part, last)) for part in sequence_set.split(",")]
        return [
            pair for key, pair in zip(keys, numbered, strict=True) if any(low <= key <= high for low, high in ranges)
        ]


def _range_ends(part: str, last: int) -> tuple[int, int]:
    first, _, second = part.partition(":")
    ends = [last if end == "*" else int(end) for end in (first, second or first)]
    return ends[0], ends[1]


_validities = itertools.count(1_000_001)


def new_mailbox(name: str, *attributes: str) -> Mailbox:
    """An empty mailbox with a UIDVALIDITY that no other mailbox had."""
    return Mailbox(name, ("\\HasNoChildren", *attributes), uid_validity=next(_validities))


def usual_mailboxes() -> dict[str, Mailbox]:
    """The mailboxes of a new user: INBOX, Sent, Drafts, Junk and Trash."""
    special = {"INBOX": (), "Sent": ("\\Sent",), "Drafts": ("\\Drafts",), "Junk": ("\\Junk",), "Trash": ("\\Trash",)}
    return {name: new_mailbox(name, *attributes) for name, attributes in special.items()}
