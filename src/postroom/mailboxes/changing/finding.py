"""Finds the messages of an open folder that a change of many is for: all of them, or none and an error."""

from __future__ import annotations

from postroom.imap.sets import UidSet
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.searching.finding import found_by
from postroom.mailboxes.searching.program import search_program
from postroom.mailboxes.searching.structures import attachments_of
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.searching.uids import UidSequence
from postroom.mailboxes.visit import FolderVisit

__all__ = ["found_in"]


async def found_in(folder: FolderVisit, terms: Terms) -> UidSet:
    """Return the messages of an open folder that a search finds.

    Unlike a list, which shows what was looked at so far, a change needs the whole result. So where BODYSTRUCTURE
    decides on attachments, it is read of every message that may have some, and the time that the caller allows is the
    only limit. Raises MissingExtension, UnsupportedSearchTerm and IncompleteAnswer; nothing was changed then.
    """
    program = search_program(terms, folder.capabilities)
    found = await found_by(folder, program)
    if program.by_structure is None:
        return found
    return await _decided(folder, found, has_attachment=program.by_structure)


async def _decided(folder: FolderVisit, uids: UidSet, *, has_attachment: bool) -> UidSet:
    """Return those messages that have attachments, or those that have none."""
    kept: list[int] = []
    async for uid, has_some in attachments_of(folder, UidSequence(uids)):
        if has_some is None:
            raise IncompleteAnswer(
                "The mail server did not tell the structure of a message, so nobody knows whether it has attachments. "
                "Nothing was changed"
            )
        if has_some is has_attachment:
            kept.append(uid)
    return UidSet.from_iterable(kept)
