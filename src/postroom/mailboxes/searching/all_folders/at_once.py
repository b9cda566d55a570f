"""Searches many folders by one ESEARCH command where the server offers MULTISEARCH (RFC 7377)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from postroom.imap.capabilities import supports
from postroom.imap.commands.multisearch import FoundInMailbox
from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.places import ListedFolder
from postroom.mailboxes.searching.program import SearchProgram
from postroom.mailboxes.visit import MailVisit

__all__ = ["MULTISEARCH", "search_at_once"]

MULTISEARCH: Final = "MULTISEARCH"

_NAMES_OCTETS: Final = 4_000
"""Octets of names in one command. Servers need not read lines beyond 8,192 octets (RFC 7162 section 4)."""


async def search_at_once(
    visit: MailVisit, program: SearchProgram, folders: Collection[ListedFolder]
) -> dict[str, FoundInMailbox] | None:
    """Return what was found in those of the folders that have a match, by path; None when the server cannot say.

    A server that offers the command and refuses it is not asked again in this session. Raises SessionFailed.
    """
    if len(folders) < 2 or not supports(visit.capabilities, MULTISEARCH):
        return None
    found: dict[str, FoundInMailbox] = {}
    for some in _together(folders):
        paths = {each.raw_name: each.path for each in some}
        try:
            told = await visit.perform(program.everywhere(tuple(paths)))
        except ServerRefused:
            visit.give_up(MULTISEARCH)
            return None
        found |= {paths[name]: each for name, each in told.items() if isinstance(name, bytes)}
    return found


def _together(folders: Collection[ListedFolder]) -> Iterator[list[ListedFolder]]:
    """Return the folders in groups, so that the names of each fit into one command."""
    some: list[ListedFolder] = []
    used = 0
    for each in folders:
        # A quoted name has two quotes, a space, and perhaps signs before its quotes and backslashes.
        size = len(each.raw_name) + 10
        if some and used + size > _NAMES_OCTETS:
            yield some
            some, used = [], 0
        some.append(each)
        used += size
    if some:
        yield some
