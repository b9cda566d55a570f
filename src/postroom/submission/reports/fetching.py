"""Fetches the beginning of a report from its mailbox, and decides how bad it is when that fails."""

from __future__ import annotations

from typing import Final

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountNotFound, NotConnected
from postroom.errors import PostroomError
from postroom.mail.reports.parts import LONGEST_REPORT
from postroom.mailboxes.downloads.named import WHOLE
from postroom.mailboxes.downloads.pieces import PIECE, PieceAt, fetch_pieces
from postroom.mailboxes.failures import MessageMoved, NotThere, NotUnderstood, TimedOut
from postroom.mailboxes.visit import AtMessage, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["SECONDS", "fetch_report", "is_about_the_account", "is_hopeless"]

SECONDS: Final = 60.0
"""How long one try may take."""


async def fetch_report(visits: MailVisits, account: str, message: str) -> bytes:
    """Return the first `LONGEST_REPORT` octets of a message, also when it was moved meanwhile.

    Raises what `MailVisits.message` raises, and IncompleteAnswer.
    """
    allowed = TimeAllowed.after(SECONDS)
    try:
        return await _fetch(visits, account, message, allowed)
    except MessageMoved as moved:
        return await _fetch(visits, account, moved.new_id, allowed)


async def _fetch(visits: MailVisits, account: str, message: str, allowed: TimeAllowed) -> bytes:
    async with visits.message(account, message, allowed) as at:
        return await _beginning(at)


async def _beginning(at: AtMessage) -> bytes:
    octets = bytearray()
    while len(octets) < LONGEST_REPORT:
        (piece,) = await fetch_pieces(at, WHOLE, PieceAt(len(octets), PIECE))
        octets += piece
        if len(piece) < PIECE:
            break
    return bytes(octets[:LONGEST_REPORT])


def is_hopeless(error: PostroomError) -> bool:
    """Whether another try would fail, too: the message is gone, or the account reads no mail any more."""
    if isinstance(error, NotConnected):
        return error.state is State.UNSET
    return isinstance(error, NotThere | NotUnderstood | AccountNotFound)


def is_about_the_account(error: PostroomError) -> bool:
    """Whether the other reports of the account would meet the same failure."""
    return isinstance(error, SessionFailed | NotConnected | TimedOut)
