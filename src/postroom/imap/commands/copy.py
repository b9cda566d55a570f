"""UID COPY (RFC 9051 section 6.4.7) and its COPYUID code (RFC 4315)."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import Chunks, MailboxName, mailbox_argument, uid_argument, words
from postroom.imap.commands.command import silent
from postroom.imap.responses import Response, StatusResponse
from postroom.imap.sets import UidSet
from postroom.imap.states import SELECTED_STATES

__all__ = ["Copied", "Copy", "copied"]


@dataclass(frozen=True, slots=True)
class Copied:
    """The UIDs of the copies: in ascending order, the n-th of `source` became the n-th of `destination`."""

    uidvalidity: int
    source: UidSet
    destination: UidSet


@dataclass(slots=True, eq=False)
class Copy:
    """Copies messages by UID; the result is None when the server did not tell the new UIDs (no UIDPLUS)."""

    uids: UidSet
    mailbox: MailboxName
    _copied: Copied | None = field(default=None, init=False)

    name = "UID COPY"
    states = SELECTED_STATES
    claims = frozenset({"COPYUID"})
    trigger = None

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        return words(b"UID COPY", uid_argument(self.uids), mailbox_argument(self.mailbox, enabled))

    def accept(self, response: Response) -> bool:
        told = copied(response) if isinstance(response, StatusResponse) else None
        self._copied = told or self._copied
        return told is not None

    continuation = silent

    def result(self, tagged: StatusResponse) -> Copied | None:
        return copied(tagged) or self._copied


def copied(response: StatusResponse) -> Copied | None:
    """The contents of a COPYUID code, None when there is none or the server garbled it."""
    match response.code:
        case None:
            return None
        case code if code.name == "COPYUID" and len(code.arguments) == 3:
            return Copied(*code.arguments)
    return None
