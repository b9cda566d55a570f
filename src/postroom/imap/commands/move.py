"""UID MOVE (RFC 6851), or COPY and EXPUNGE when the server does not support it."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import supports
from postroom.imap.commands.arguments import Chunks, MailboxName, mailbox_argument, uid_argument, words
from postroom.imap.commands.command import Composite, run, silent
from postroom.imap.commands.copy import Copied, Copy, copied
from postroom.imap.commands.expunge import delete_messages
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import Response, StatusResponse
from postroom.imap.sets import UidSet
from postroom.imap.states import SELECTED_STATES

__all__ = ["Move", "move_messages"]


@dataclass(slots=True, eq=False)
class Move:
    """Moves messages by UID; the result is None when the server did not tell the new UIDs.

    COPYUID comes in an untagged OK before the EXPUNGE or VANISHED responses (RFC 6851 section 4.3). Those are
    unsolicited events.
    """

    uids: UidSet
    mailbox: MailboxName
    _copied: Copied | None = field(default=None, init=False)

    name = "UID MOVE"
    states = SELECTED_STATES
    claims = frozenset({"COPYUID", "EXPUNGE"})
    trigger = None

    def encode(self, _capabilities: frozenset[str], enabled: frozenset[str]) -> Chunks:
        return words(b"UID MOVE", uid_argument(self.uids), mailbox_argument(self.mailbox, enabled))

    def accept(self, response: Response) -> bool:
        told = copied(response) if isinstance(response, StatusResponse) else None
        self._copied = told or self._copied
        return told is not None

    continuation = silent

    def result(self, tagged: StatusResponse) -> Copied | None:
        return copied(tagged) or self._copied


def move_messages(
    capabilities: frozenset[str], uids: UidSet, mailbox: MailboxName, avoid: frozenset[str] = frozenset()
) -> Composite[Copied | None]:
    """Move messages by the best way the server supports.

    Servers that advertise MOVE and then answer `NO [CANNOT]` are asked to copy instead. Nothing is deleted unless the
    copy succeeded.
    """
    if supports(capabilities - avoid, "MOVE"):
        try:
            return (yield from run(Move(uids, mailbox)))
        except CommandFailed as refusal:
            if not _cannot_move(refusal):
                raise
    result = yield from run(Copy(uids, mailbox))
    yield from delete_messages(capabilities - avoid, uids)
    return result


def _cannot_move(refusal: CommandFailed) -> bool:
    return refusal.status == "BAD" or (refusal.code is not None and refusal.code.name == "CANNOT")
