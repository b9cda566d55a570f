"""Searches all folders of an account for as long as the caller allows, by one command where the server can (RFC 7377).

Without MULTISEARCH, or when the server refuses it, folders are opened and searched one after the other. The dates of
what was found come from the folders either way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from functools import partial
from typing import Final

from postroom.clock import now_ms
from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.commands.multisearch import FoundInMailbox
from postroom.imap.responses import FetchData
from postroom.mail.dates import received
from postroom.mailboxes.failures import TimedOut
from postroom.mailboxes.folder_by_folder import NO_TIME, FolderByFolder
from postroom.mailboxes.lists.fetching import fetch_uids
from postroom.mailboxes.lists.page import NotAnswered
from postroom.mailboxes.places import ListedFolder
from postroom.mailboxes.searching.all_folders.at_once import search_at_once
from postroom.mailboxes.searching.all_folders.rows import FoundRow, FoundRows
from postroom.mailboxes.searching.all_folders.scope import scope
from postroom.mailboxes.searching.finding import find_in
from postroom.mailboxes.searching.program import SearchProgram, search_program
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import FolderVisit, MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from postroom.tasks import aside

__all__ = ["MOST_DATED", "MOST_ROWS", "Everywhere", "search_all"]

MOST_DATED: Final = 10_000
"""Messages of one folder in a search through all: the newest ones."""

MOST_ROWS: Final = 200_000
"""Messages of all folders in one search."""

_SESSIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Everywhere:
    """What a search found. `folders` are those with messages, by the number in `rows`.

    `total` counts all messages found. `incomplete` are the folders that are not wholly in the result. `account` is the
    key and the revision of the account's row when it was searched. `begun` is the time before that, in milliseconds.
    """

    account: tuple[int, int]
    rows: FoundRows
    total: int
    folders: Mapping[int, ListedFolder]
    incomplete: tuple[NotAnswered, ...]
    begun: int = 0


@dataclass(slots=True)
class _Search:
    """A search on its way.

    `told` is what the server found in the folders that wait without opening them, by path. `listed` counts the rows.
    """

    terms: Terms
    way: FolderByFolder = field(default_factory=FolderByFolder)
    account: tuple[int, int] = (0, 0)
    rows: list[list[FoundRow]] = field(default_factory=list)
    total: int = 0
    folders: dict[int, ListedFolder] = field(default_factory=dict)
    told: dict[str, FoundInMailbox] = field(default_factory=dict)
    listed: int = 0


async def search_all(visits: MailVisits, account: str, terms: Terms, allowed: TimeAllowed) -> Everywhere:
    """Search the folders of an account until all are searched, or the time is over.

    Folders that did not answer are told in the result. Raises what `MailVisits.session` raises when no folder answered,
    and MissingExtension and UnsupportedSearchTerm.
    """
    search, begun = _Search(terms), now_ms()
    way = search.way
    for tries_left in range(_SESSIONS - 1, -1, -1):
        try:
            async with visits.session(account, allowed) as visit:
                await _search_on(visits, visit, search)
        except TimedOut:
            if not way.answered:
                raise
            way.leave_out_rest(NO_TIME)
        except SessionFailed as error:
            if not way.answered and (not tries_left or error.stage != "connection"):
                raise
            if way.answered and way.waiting:
                # The search of this folder may be why the session ended.
                way.leave_out(way.waiting.popleft().path, error.message)
            if way.waiting is None or (way.waiting and tries_left):
                continue
            way.leave_out_rest(error.message)
        break
    # Sorting takes about a microsecond for each row, and merging one more.
    rows = await aside(2 * search.listed, partial(FoundRows, search.rows))
    return Everywhere(search.account, rows, search.total, search.folders, tuple(way.left_out), begun)


async def _search_on(visits: MailVisits, visit: MailVisit, search: _Search) -> None:
    """Search the folders that wait, on one session."""
    search.account = visit.key, visit.lent.row.revision
    program = search_program(search.terms, visit.capabilities)
    if search.way.waiting is None:
        listing = await visit.perform(list_mailboxes(visit.capabilities))
        is_gmail = supports(visit.capabilities, GMAIL)
        search.way.waiting = deque(scope(listing.mailboxes, visit.lent.settings.chosen_roles, is_gmail=is_gmail))
        await _ask_at_once(visit, program, search)

    async def step(listed: ListedFolder) -> None:
        await _search_in(await visits.open_listed(visit, listed), listed, program, search)

    await search.way.go(step)


async def _ask_at_once(visit: MailVisit, program: SearchProgram, search: _Search) -> None:
    """Ask the server to search all folders without opening them, if it can. Then those without a match need no more."""
    waiting = search.way.waiting or deque()
    told = await search_at_once(visit, program, waiting)
    if told is not None:
        search.told = told
        search.way.waiting = deque(each for each in waiting if each.path in told)
        search.way.answered += len(waiting) - len(search.way.waiting)


async def _search_in(folder: FolderVisit, listed: ListedFolder, program: SearchProgram, search: _Search) -> None:
    """Search one folder, and keep the dates of what is found."""
    if not folder.exists:
        return
    told = search.told.get(listed.path)
    holds = told is not None and told.uidvalidity == (folder.opened.uidvalidity or 0) != 0
    there = await find_in(folder, program, told.uids if told is not None and holds else None)
    room = min(MOST_DATED, MOST_ROWS - search.listed)
    newest = there.uids[-room:] if room else []
    dated = await fetch_uids(folder, newest, ("UID", "INTERNALDATE")) if newest else {}
    if dated:
        # A date takes three microseconds to read.
        search.rows.append(await aside(3 * len(dated), partial(_rows, folder.number, dated)))
        search.folders[folder.number] = listed
        search.listed += len(dated)
    search.total += len(there.uids)
    if there.gap is not None:
        search.way.leave_out(listed.path, there.gap)
    if len(there.uids) > room:
        search.way.leave_out(listed.path, f"Only the newest {room} of {len(there.uids)} messages found are listed")


def _rows(number: int, dated: Mapping[int, FetchData]) -> list[FoundRow]:
    return [FoundRow(_date(data.internal_date), number, uid) for uid, data in dated.items()]


def _date(moment: datetime | None) -> int:
    came = received(moment)
    return 0 if came is None else int(came.timestamp() * 1000)
