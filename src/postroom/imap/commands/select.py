"""SELECT and EXAMINE (RFC 9051 sections 6.3.2 and 6.3.3), with CONDSTORE and QRESYNC (RFC 7162); CLOSE and UNSELECT."""

from __future__ import annotations

from dataclasses import field, replace

from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.arguments import Chunks, MailboxName, mailbox_argument, uid_argument, words
from postroom.imap.commands.command import ALONE, silent, takes_nothing
from postroom.imap.encode import number
from postroom.imap.names import decode_mailbox, normalise_inbox
from postroom.imap.responses import (
    ExistsData,
    FetchData,
    FlagsData,
    RecentData,
    Response,
    StatusResponse,
    VanishedData,
)
from postroom.imap.selected import SelectedMailbox, follow, follow_code
from postroom.imap.sets import UidSet
from postroom.imap.states import AUTHENTICATED_STATES, SELECTED_STATES, SessionTrigger

__all__ = ["Close", "Qresync", "Select", "Unselect"]


@dataclass(frozen=True, slots=True)
class Qresync:
    """What we know of a mailbox from before, so that the server tells only the changes (RFC 7162 section 3.2.5)."""

    uidvalidity: int
    modseq: int
    known_uids: UidSet | None = None

    def encode(self) -> bytes:
        """The select parameter. LocalProtocolError when a number is out of range."""
        known = b" " + uid_argument(self.known_uids) if self.known_uids else b""
        return b"QRESYNC (%b %b%b)" % (number(self.uidvalidity), number(self.modseq), known)


@dataclass(slots=True, eq=False)
class Select:
    """Opens a mailbox. The result is a `SelectedMailbox` as it was at the tagged OK.

    `read_only` sends EXAMINE. `condstore` asks for mod-sequences in every FETCH. `qresync` asks for the changes since
    then, which the result has in `vanished` and `changed`; it needs ENABLE QRESYNC before. The mailbox that was open
    before is closed, even when this command fails.
    """

    mailbox: MailboxName
    condstore: bool = False
    qresync: Qresync | None = None
    read_only: bool = False
    _found: SelectedMailbox = field(init=False, repr=False)
    _changed: list[FetchData] = field(default_factory=list, init=False, repr=False)

    states = AUTHENTICATED_STATES
    claims = ALONE
    trigger = SessionTrigger.SELECTED

    def __post_init__(self) -> None:
        self._found = self._unopened()

    @property
    def name(self) -> str:
        return "EXAMINE" if self.read_only else "SELECT"

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        command = words(self.name.encode("ascii"), mailbox_argument(self.mailbox, enabled))
        if self.qresync is not None:
            return words(command, b"(" + self.qresync.encode() + b")")
        return words(command, b"(CONDSTORE)") if self.condstore else command

    def accept(self, response: Response) -> bool:
        match response:
            case StatusResponse(code=code) if code is not None and code.name == "CLOSED":
                # All earlier responses were about the mailbox that was open before (RFC 7162 section 3.2.11).
                self._found, self._changed = self._unopened(), []
            case VanishedData(earlier=True, uids=uids):
                gone = self._found.vanished
                self._found = replace(self._found, vanished=uids if gone is None else gone | uids)
            case FetchData():
                self._changed.append(response)
            case ExistsData() | FlagsData() | StatusResponse():
                self._found = follow(self._found, response)
            case RecentData():
                pass
            case _:
                return False
        return True

    continuation = silent

    def result(self, tagged: StatusResponse) -> SelectedMailbox:
        found = self._found if tagged.code is None else follow_code(self._found, tagged.code)
        return replace(found, changed=tuple(self._changed))

    def _unopened(self) -> SelectedMailbox:
        name = decode_mailbox(self.mailbox) if isinstance(self.mailbox, bytes) else self.mailbox
        return SelectedMailbox(normalise_inbox(name), read_only=self.read_only)


@dataclass(slots=True, eq=False)
class Close:
    r"""Closes the mailbox. If it was open for writing, messages marked `\Deleted` are expunged without a report."""

    name = "CLOSE"
    states = SELECTED_STATES
    claims = ALONE
    trigger = SessionTrigger.DESELECTED

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"CLOSE"]

    accept = takes_nothing
    continuation = silent

    def result(self, _tagged: StatusResponse) -> None:
        return None


@dataclass(slots=True, eq=False)
class Unselect:
    """Closes the mailbox and expunges nothing (RFC 3691); needs UNSELECT or IMAP4rev2."""

    name = "UNSELECT"
    states = SELECTED_STATES
    claims = ALONE
    trigger = SessionTrigger.DESELECTED

    def encode(self, _capabilities: frozenset[str], _enabled: frozenset[str]) -> Chunks:
        return [b"UNSELECT"]

    accept = takes_nothing
    continuation = silent

    def result(self, _tagged: StatusResponse) -> None:
        return None
