"""Searches an open folder: the server finds the messages, and BODYSTRUCTURE decides on attachments where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from postroom.imap.sets import UidSet
from postroom.mail.message import attachments
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.lists.fetching import fetch_uids
from postroom.mailboxes.searching.program import SearchProgram
from postroom.mailboxes.searching.uids import UidSequence
from postroom.mailboxes.visit import FolderVisit
from postroom.tasks import aside

__all__ = ["MOST_DECIDED", "FoundUids", "find_in", "found_by"]

MOST_DECIDED: Final = 2_000
"""Messages of one folder whose structure is read for one search: the newest ones."""

_AT_ONCE: Final = 500
_UNTOLD: Final = 10_000
"""Messages that may arrive in a folder before the server tells of them."""


@dataclass(frozen=True, slots=True)
class FoundUids:
    """What a search found in one folder: ascending UIDs. `gap` says what was not looked at, None when all was."""

    uids: Sequence[int]
    gap: str | None = None


async def found_by(folder: FolderVisit, program: SearchProgram) -> UidSet:
    """Return what the server finds in an open folder.

    Raises what `FolderVisit.run` raises, and IncompleteAnswer when the server does not say what it found, or says that
    it found far more messages than the folder has.
    """
    found = await folder.perform(program.command())
    if found is None:
        raise IncompleteAnswer("The mail server did not say which messages it found. Try again later")
    if len(found) > folder.exists + _UNTOLD:
        raise IncompleteAnswer(
            f"The mail server contradicts itself: it found {len(found)} messages in a folder of {folder.exists}"
        )
    return found


async def find_in(folder: FolderVisit, program: SearchProgram, told: UidSet | None = None) -> FoundUids:
    """Search an open folder, unless the server has `told` already what it finds there.

    Raises what `found_by` raises.
    """
    found = await found_by(folder, program) if told is None else told
    uids = await aside(found.parts, partial(UidSequence, found))
    if program.by_structure is None:
        return FoundUids(uids)
    kept = await _decided(folder, uids[-MOST_DECIDED:], has_attachment=program.by_structure)
    if len(uids) <= MOST_DECIDED:
        return FoundUids(kept)
    return FoundUids(kept, f"Only the newest {MOST_DECIDED} of {len(uids)} messages were examined for attachments")


async def _decided(folder: FolderVisit, uids: Sequence[int], *, has_attachment: bool) -> list[int]:
    """Return those messages that have attachments, or those that have none."""
    kept: list[int] = []
    for begin in range(0, len(uids), _AT_ONCE):
        told = await fetch_uids(folder, uids[begin : begin + _AT_ONCE], ("UID", "BODYSTRUCTURE"))
        kept += [
            uid
            for uid, data in sorted(told.items())
            if (data.body is not None and bool(attachments(data.body))) is has_attachment
        ]
    return kept
