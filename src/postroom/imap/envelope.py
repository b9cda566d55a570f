"""ENVELOPE: the headers a server has already read for us (RFC 3501 section 7.4.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of an address list; `mailbox` and `host` are the parts left and right of the @, "" when missing."""

    name: str | None
    mailbox: str
    host: str

    @property
    def address(self) -> str:
        """`mailbox@host`, or what there is of it."""
        return f"{self.mailbox}@{self.host}" if self.host else self.mailbox


@dataclass(frozen=True, slots=True)
class Envelope:
    """The main headers of a message, decoded for people; `date` is the Date header as written.

    Groups are flattened into their members. Address lists are empty when the server gave NIL.
    """

    date: str | None = None
    subject: str | None = None
    from_: tuple[Address, ...] = ()
    sender: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    in_reply_to: str | None = None
    message_id: str | None = None
