"""Searches the messages of one folder or of all.

A search of all folders asks each of them and reads the dates of what is found, which costs the same for one page as for
all. So its result is kept for the pages that follow (see `kept`): a page then costs an EXAMINE and a FETCH for each
folder that has messages on it.
"""

from __future__ import annotations

import asyncio
from dataclasses import field, replace
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.failures import UnsupportedSearchTerm
from postroom.mailboxes.lists.page import MessagePage, NotAnswered, PageAsked
from postroom.mailboxes.lists.paging import check_folder, page_of_found
from postroom.mailboxes.searching.all_folders.everywhere import Everywhere, search_all
from postroom.mailboxes.searching.all_folders.kept import KeptSearches, SearchKey
from postroom.mailboxes.searching.all_folders.merging import RowsPage, cut
from postroom.mailboxes.searching.all_folders.rows import FoundRows
from postroom.mailboxes.searching.all_folders.shown import ShownRows, fetch_rows
from postroom.mailboxes.searching.finding import find_in
from postroom.mailboxes.searching.program import search_program
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.threads.marking import mark_threads
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["Searches"]

_KEPT: Final = 0.25
"""The part of the time allowed that a search through all folders keeps for the messages of the page."""

_MOST_KEPT: Final = 5.0
"""Seconds of it at most."""

_TRIES: Final = 3
"""Sessions to try for the messages of a page."""


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches the messages of one folder or of all. `kept` are results of this process alone."""

    visits: MailVisits
    kept: KeptSearches = field(default_factory=KeptSearches)

    async def in_folder(
        self, account: str, path: str, terms: Terms, asked: PageAsked, allowed: TimeAllowed
    ) -> MessagePage:
        r"""Return a page of the messages in a folder that match, the highest UID first. `path` may be a role.

        Raises what `MailVisits.folder` raises, InvalidCursor, MissingExtension, UnsupportedSearchTerm and
        IncompleteAnswer.
        """
        async with self.visits.folder(account, path, allowed) as folder:
            check_folder(asked.start, folder)
            found = await find_in(folder, search_program(terms, folder.capabilities))
            page = await page_of_found(folder, found.uids, asked)
            await mark_threads(self.visits.db, folder, page.messages, asked.wanted.names)
        return page if found.gap is None else replace(page, incomplete=[NotAnswered(folder.path, found.gap)])

    async def everywhere(self, account: str, terms: Terms, asked: PageAsked, allowed: TimeAllowed) -> MessagePage:
        """Return a page of the messages in all folders that match, the newest first by date.

        A page at a cursor may be of what was found up to `KEPT_FOR` seconds ago. Messages that are gone since are left
        out, so it may have fewer than asked for. Raises what `MailVisits.session` raises when no folder answered,
        InvalidCursor, MissingExtension and UnsupportedSearchTerm.
        """
        _check_terms(terms)
        cut(FoundRows(), asked.start, asked.size)
        place = asked.start.beside
        found = None if place is None else await self._found_before(account, terms, place.begun)
        if found is None:
            found = await self._found_now(account, terms, allowed)
        page = cut(found.rows, asked.start, asked.size, found.begun)
        shown = await self._shown(account, found, page, asked, allowed)
        incomplete = [*found.incomplete, *shown.failed]
        return MessagePage(
            found.total, asked.start.page, asked.size, page.older, page.newer, shown.messages, incomplete
        )

    async def _shown(
        self, account: str, found: Everywhere, page: RowsPage, asked: PageAsked, allowed: TimeAllowed
    ) -> ShownRows:
        """Fetch the messages of a page, with another session if the server has closed one that was idle."""
        for tries_left in range(_TRIES - 1, -1, -1) if page.rows else ():
            try:
                async with self.visits.session(account, allowed) as visit:
                    return await fetch_rows(self.visits, visit, found.folders, page.rows, asked.wanted)
            except SessionFailed as error:
                if not tries_left or error.stage != "connection":
                    raise
        return ShownRows([])

    async def _found_before(self, account: str, terms: Terms, begun: int) -> Everywhere | None:
        row = await self.visits.db.read(lambda conn: account_row(conn, account))
        return self.kept.find(SearchKey(row.key, row.revision, terms), _now(), begun)

    async def _found_now(self, account: str, terms: Terms, allowed: TimeAllowed) -> Everywhere:
        kept = min(_MOST_KEPT, allowed.left * _KEPT)
        found = await search_all(self.visits, account, terms, TimeAllowed(allowed.at - kept, allowed.ttl))
        self.kept.keep(SearchKey(*found.account, terms), found, _now())
        return found


def _now() -> float:
    return asyncio.get_running_loop().time()


def _check_terms(terms: Terms) -> None:
    """Refuse terms that have a meaning in one folder only."""
    for each in terms.all():
        keys = [key for key, _ in each.sets] + [key for key, _ in each.numbers if key == "modseq"]
        if keys:
            raise UnsupportedSearchTerm(f"{keys[0]!r} has a meaning in one folder only: add a path", keys[0])
