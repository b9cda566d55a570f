"""Searches an open folder: the server finds the messages, and BODYSTRUCTURE decides on attachments where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.sets import UidSet
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.searching.program import SearchProgram
from postroom.mailboxes.searching.structures import attachments_of
from postroom.mailboxes.searching.uids import UidSequence
from postroom.mailboxes.visit import FolderVisit
from postroom.tasks import aside

__all__ = ["MOST_DECIDED", "FoundUids", "find_in", "found_by"]

MOST_DECIDED: Final = 2_000
"""Messages of one folder whose structure is read for one search: the newest ones."""

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

    A message whose structure the server does not tell counts as one without attachments. Raises what `found_by` raises,
    and what `attachments_of` does.
    """
    found = await found_by(folder, program) if told is None else told
    uids = await aside(found.parts, partial(UidSequence, found))
    if program.by_structure is None:
        return FoundUids(uids)
    decided = attachments_of(folder, uids[-MOST_DECIDED:])
    kept = [uid async for uid, has_some in decided if bool(has_some) is program.by_structure]
    if len(uids) <= MOST_DECIDED:
        return FoundUids(kept)
    return FoundUids(kept, f"Only the newest {MOST_DECIDED} of {len(uids)} messages were examined for attachments")
