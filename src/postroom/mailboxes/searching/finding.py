"""Searches an open folder: the server finds the messages, and BODYSTRUCTURE decides on attachments where it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from postroom.mail.message import attachments
from postroom.mailboxes.lists.fetching import fetch_uids
from postroom.mailboxes.searching.program import search_program
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import FolderVisit

__all__ = ["MOST_DECIDED", "FoundUids", "find_in"]

MOST_DECIDED: Final = 2_000
"""Messages of one folder whose structure is read for one search: the newest ones."""

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class FoundUids:
    """What a search found in one folder: ascending UIDs. `gap` says what was not looked at, None when all was."""

    uids: Sequence[int]
    gap: str | None = None


async def find_in(folder: FolderVisit, terms: Terms) -> FoundUids:
    """Search an open folder.

    Raises what `FolderVisit.run` raises, MissingExtension, UnsupportedSearchTerm and IncompleteAnswer.
    """
    program = search_program(terms, folder.capabilities)
    found = await folder.perform(program.command())
    uids = list(found.uids or ())
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
