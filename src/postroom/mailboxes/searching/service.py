"""Searches the messages of one folder or of all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from postroom.mailboxes.failures import UnsupportedSearchTerm
from postroom.mailboxes.lists.page import MessagePage, PageAsked
from postroom.mailboxes.lists.paging import check_folder, page_of_found
from postroom.mailboxes.searching.everywhere import fetch_rows, search_all
from postroom.mailboxes.searching.finding import find_in
from postroom.mailboxes.searching.merging import cut
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits

__all__ = ["Searches"]

_KEPT: Final = 0.25
"""The part of the time allowed that a search through all folders keeps for the messages of the page."""

_MOST_KEPT: Final = 5.0
"""Seconds of it at most."""


@dataclass(frozen=True, slots=True)
class Searches:
    """Searches the messages of one folder or of all."""

    visits: MailVisits

    async def in_folder(
        self, account: str, path: str, terms: Terms, asked: PageAsked, allowed: TimeAllowed
    ) -> MessagePage:
        r"""Return a page of the messages in a folder that match, the highest UID first. `path` may be a role.

        Raises what `MailVisits.folder` raises, InvalidCursor, MissingExtension, UnsupportedSearchTerm and
        IncompleteAnswer.
        """
        async with self.visits.folder(account, path, allowed) as folder:
            check_folder(asked.start, folder)
            found = await find_in(folder, terms)
            page = await page_of_found(folder, found.uids, asked)
        return page if found.gap is None else replace(page, incomplete=[(folder.path, found.gap)])

    async def everywhere(self, account: str, terms: Terms, asked: PageAsked, allowed: TimeAllowed) -> MessagePage:
        """Return a page of the messages in all folders that match, the newest first by date.

        Raises what `MailVisits.session` raises when no folder answered, InvalidCursor, MissingExtension and
        UnsupportedSearchTerm.
        """
        _check_terms(terms)
        cut([], asked.start, asked.size)
        kept = min(_MOST_KEPT, allowed.left * _KEPT)
        found = await search_all(self.visits, account, terms, TimeAllowed(allowed.at - kept, allowed.ttl))
        page = cut(found.rows, asked.start, asked.size)
        messages = []
        if page.rows:
            async with self.visits.session(account, allowed) as visit:
                messages = await fetch_rows(self.visits, visit, found, page.rows, asked.wanted)
        return MessagePage(
            found.total, asked.start.page, asked.size, page.older, page.newer, messages, found.incomplete
        )


def _check_terms(terms: Terms) -> None:
    """Refuse terms that have a meaning in one folder only."""
    for each in terms.all():
        keys = [key for key, _ in each.sets] + [key for key, _ in each.numbers if key == "modseq"]
        if keys:
            raise UnsupportedSearchTerm(f"{keys[0]!r} has a meaning in one folder only: add a path", keys[0])
