"""APPEND (RFC 9051 section 6.3.12) and its APPENDUID code (RFC 4315)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime

from postroom.footprint.dataclass import dataclass
from postroom.imap import encode
from postroom.imap.commands.arguments import Chunks, MailboxName, mailbox_argument, words
from postroom.imap.commands.command import silent, takes_nothing
from postroom.imap.responses import StatusResponse
from postroom.imap.states import AUTHENTICATED_STATES

__all__ = ["Append", "Appended"]


@dataclass(frozen=True, slots=True)
class Appended:
    """The UIDVALIDITY of the mailbox and the UID of the new message."""

    uidvalidity: int
    uid: int


@dataclass(slots=True, eq=False)
class Append:
    """Adds a message (octets, CRLF line ends) to a mailbox; the result is None when the server did not tell its UID.

    `internal_date` needs a time zone. A message with NUL octets is sent as a binary literal if the server has BINARY;
    otherwise LocalProtocolError is raised.
    """

    mailbox: MailboxName
    message: bytes = field(repr=False)
    flags: Iterable[str] = ()
    internal_date: datetime | None = None

    name = "APPEND"
    states = AUTHENTICATED_STATES
    claims = frozenset[str]()
    trigger = None

    def __post_init__(self) -> None:
        self.flags = frozenset(flag for flag in self.flags if flag.lower() != "\\recent")

    def encode(self, capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        command = words(b"APPEND", mailbox_argument(self.mailbox, enabled))
        if self.flags:
            command = words(command, encode.flag_list(self.flags))
        if self.internal_date is not None:
            command = words(command, encode.date_time(self.internal_date))
        binary = "BINARY" in capabilities and b"\0" in self.message
        return words(command, encode.literal(self.message, binary=binary))

    accept = takes_nothing
    continuation = silent

    def result(self, tagged: StatusResponse) -> Appended | None:
        match tagged.code:
            case None:
                return None
            case code if code.name == "APPENDUID" and len(code.arguments) == 2 and code.arguments[1]:
                uidvalidity, uids = code.arguments
                return Appended(uidvalidity, uids.min)
        return None
