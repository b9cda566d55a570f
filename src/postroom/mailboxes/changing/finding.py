"""Finds the messages of an open folder that a change of many is for: all of them, or none and an error."""

from __future__ import annotations

from typing import Final

from postroom.imap.sets import UidSet
from postroom.mail.message import attachments
from postroom.mailboxes.failures import IncompleteAnswer
from postroom.mailboxes.lists.fetching import fetch_uids
from postroom.mailboxes.searching.finding import found_by
from postroom.mailboxes.searching.program import search_program
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import FolderVisit

__all__ = ["found_in"]

_AT_ONCE: Final = 500


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
    for batch in uids.batches(_AT_ONCE):
        for uid, data in (await fetch_uids(folder, batch, ("UID", "BODYSTRUCTURE"))).items():
            if data.body is None:
                raise IncompleteAnswer(
                    "The mail server did not tell the structure of a message, so nobody knows whether it has "
                    "attachments. Nothing was changed"
                )
            if bool(attachments(data.body)) is has_attachment:
                kept.append(uid)
    return UidSet.from_iterable(kept)
