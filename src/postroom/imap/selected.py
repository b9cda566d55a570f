"""The selected mailbox as the session knows it, and how each untagged response changes it. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from postroom.footprint.dataclass import dataclass, replace
from postroom.imap.responses import (
    ExistsData,
    ExpungeData,
    FetchData,
    FlagsData,
    Response,
    ResponseCode,
    StatusResponse,
    VanishedData,
)
from postroom.imap.sets import UidSet

_SHARED_UP_TO: Final = 50

__all__ = ["SelectedMailbox", "follow", "follow_code"]


@dataclass(frozen=True, slots=True)
class SelectedMailbox:
    """A mailbox after SELECT or EXAMINE (RFC 9051 section 6.3.2).

    A number is None when the server did not give it. `highestmodseq` is also None when the server said NOMODSEQ. Only a
    HIGHESTMODSEQ code changes it: the MODSEQ of one FETCH says nothing about changes still on their way (RFC 7162
    section 3.2.10). `vanished` and `changed` are the UIDs expunged and the messages changed since the given
    mod-sequence, as QRESYNC reported them during SELECT. Only the command's result has them; the connection does not
    keep them.
    """

    name: str
    read_only: bool = False
    exists: int = 0
    uidvalidity: int | None = None
    uidnext: int | None = None
    highestmodseq: int | None = None
    flags: frozenset[str] = frozenset()
    permanent_flags: frozenset[str] | None = None
    mailbox_id: str | None = None
    uids_not_sticky: bool = False
    vanished: UidSet | None = None
    changed: tuple[FetchData, ...] = ()


def follow(mailbox: SelectedMailbox, response: Response) -> SelectedMailbox:
    """The mailbox after an untagged response; the same object when nothing changes."""
    match response:
        case ExistsData(count=count):
            # Some servers let the count fall without an EXPUNGE, so the count is believed.
            return replace(mailbox, exists=count)
        case ExpungeData():
            return replace(mailbox, exists=max(0, mailbox.exists - 1))
        case VanishedData(earlier=False, uids=uids):
            return replace(mailbox, exists=max(0, mailbox.exists - len(uids)))
        case FlagsData(flags=flags):
            return replace(mailbox, flags=_shared(flags))
        case StatusResponse(code=ResponseCode() as code):
            return follow_code(mailbox, code)
    return mailbox


def follow_code(mailbox: SelectedMailbox, code: ResponseCode) -> SelectedMailbox:
    """The mailbox after a response code; codes without usable arguments change nothing."""
    match code.name, code.arguments:
        case "READ-ONLY", _:
            return replace(mailbox, read_only=True)
        case "READ-WRITE", _:
            return replace(mailbox, read_only=False)
        case "UIDVALIDITY", (int(number),):
            return replace(mailbox, uidvalidity=number)
        case "UIDNEXT", (int(number),):
            return replace(mailbox, uidnext=number)
        case "HIGHESTMODSEQ", (int(number),):
            return replace(mailbox, highestmodseq=number)
        case "NOMODSEQ", _:
            return replace(mailbox, highestmodseq=None)
        case "PERMANENTFLAGS", flags:
            return replace(mailbox, permanent_flags=_shared(frozenset(flags)))
        case "MAILBOXID", (str(mailbox_id), *_):
            return replace(mailbox, mailbox_id=mailbox_id)
        case "UIDNOTSTICKY", _:
            return replace(mailbox, uids_not_sticky=True)
    return mailbox


def _shared(flags: frozenset[str]) -> frozenset[str]:
    """Equal sets of flags as one object: most mailboxes of a provider have the same flags, and thousands are open.

    Large sets are not shared, because shared sets stay in memory for good.
    """
    return _kept(flags) if len(flags) <= _SHARED_UP_TO else flags


@lru_cache(maxsize=512)
def _kept(flags: frozenset[str]) -> frozenset[str]:
    return flags
