"""Searches all folders of an account, one after the other, for as long as the caller allows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from postroom.imap.capabilities import supports
from postroom.imap.commands.list import list_mailboxes
from postroom.mail.dates import received
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.failures import FolderNotFound, IncompleteAnswer, ServerRefused, TimedOut
from postroom.mailboxes.lists.fetching import fetch_uids
from postroom.mailboxes.lists.paging import objects
from postroom.mailboxes.lists.wanted import WantedMembers
from postroom.mailboxes.places import ListedFolder
from postroom.mailboxes.searching.finding import find_in
from postroom.mailboxes.searching.merging import Row
from postroom.mailboxes.searching.program import GMAIL, search_program
from postroom.mailboxes.searching.scope import scope
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import FolderVisit, MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed

__all__ = ["MOST_DATED", "Everywhere", "fetch_rows", "search_all"]

MOST_DATED: Final = 10_000
"""Messages of one folder in a search through all: the newest ones."""

_SESSIONS: Final = 3
_NO_TIME: Final = "The time allowed was over before the folder was searched"


@dataclass(slots=True)
class Everywhere:
    """What the search has found so far. `folders` are those with messages, by the number in `rows`.

    `waiting` are the folders to search, None before they are known. `answered` counts those that were searched.
    """

    rows: list[Row] = field(default_factory=list)
    total: int = 0
    folders: dict[int, ListedFolder] = field(default_factory=dict)
    incomplete: list[tuple[str, str]] = field(default_factory=list)
    waiting: deque[ListedFolder] | None = None
    answered: int = 0

    def leave_out(self, folder: ListedFolder, reason: str) -> None:
        """Tell that a folder, or a part of it, is not in the result."""
        self.incomplete.append((folder.path, reason))

    def leave_out_rest(self, reason: str) -> None:
        """Tell that the folders which wait are not in the result."""
        for folder in self.waiting or ():
            self.leave_out(folder, reason)
        self.waiting = deque()


async def search_all(visits: MailVisits, account: str, terms: Terms, allowed: TimeAllowed) -> Everywhere:
    """Search the folders of an account until all are searched, or the time is over.

    Folders that did not answer are told in the result. Raises what `MailVisits.session` raises when no folder answered,
    and MissingExtension and UnsupportedSearchTerm.
    """
    found = Everywhere()
    for tries_left in range(_SESSIONS - 1, -1, -1):
        try:
            async with visits.session(account, allowed) as visit:
                await _search_on(visits, visit, terms, found)
        except TimedOut:
            if not found.answered:
                raise
            found.leave_out_rest(_NO_TIME)
        except SessionFailed as error:
            if not found.answered and (not tries_left or error.stage != "connection"):
                raise
            if found.answered:
                _leave_out_first(found, error)
            if found.waiting is None or (found.waiting and tries_left):
                continue
            found.leave_out_rest(error.message)
        break
    found.rows.sort()
    return found


def _leave_out_first(found: Everywhere, error: SessionFailed) -> None:
    """Leave out the folder during whose search the session ended: it may be the reason."""
    if found.waiting:
        found.leave_out(found.waiting.popleft(), error.message)


async def _search_on(visits: MailVisits, visit: MailVisit, terms: Terms, found: Everywhere) -> None:
    """Search the folders that wait, on one session."""
    if found.waiting is None:
        search_program(terms, visit.capabilities)
        listing = await visit.perform(list_mailboxes(visit.capabilities))
        is_gmail = supports(visit.capabilities, GMAIL)
        found.waiting = deque(scope(listing.mailboxes, visit.lent.settings.chosen_roles, is_gmail=is_gmail))
    refusal: ServerRefused | IncompleteAnswer | None = None
    while found.waiting:
        listed = found.waiting[0]
        try:
            await _search_in(await visits.open_listed(visit, listed), listed, terms, found)
            found.answered += 1
        except (ServerRefused, IncompleteAnswer) as error:
            refusal = error
            found.leave_out(listed, error.message)
        found.waiting.popleft()
    if refusal is not None and not found.answered:
        raise refusal


async def _search_in(folder: FolderVisit, listed: ListedFolder, terms: Terms, found: Everywhere) -> None:
    """Search one folder, and keep the dates of what is found."""
    if not folder.exists:
        return
    there = await find_in(folder, terms)
    newest = there.uids[-MOST_DATED:]
    dated = await fetch_uids(folder, newest, ("UID", "INTERNALDATE")) if newest else {}
    found.rows += [Row(_date(data.internal_date), folder.number, uid) for uid, data in dated.items()]
    found.total += len(there.uids)
    if dated:
        found.folders[folder.number] = listed
    if there.gap is not None:
        found.leave_out(listed, there.gap)
    if len(there.uids) > MOST_DATED:
        found.leave_out(listed, f"Only the newest {MOST_DATED} of {len(there.uids)} messages found are listed")


def _date(moment: datetime | None) -> int:
    came = received(moment)
    return 0 if came is None else int(came.timestamp() * 1000)


async def fetch_rows(
    visits: MailVisits, visit: MailVisit, found: Everywhere, rows: Iterable[Row], wanted: WantedMembers
) -> list[MessageObject]:
    """Return the message objects of these rows, in their order. Messages that are gone by now are left out.

    A folder that fails now is told in `found`. Raises SessionFailed.
    """
    rows = list(rows)
    shown: dict[Row, MessageObject] = {}
    for number in dict.fromkeys(row.folder for row in rows):
        listed = found.folders[number]
        inside = {row.uid: row for row in rows if row.folder == number}
        try:
            folder = await visits.open_listed(visit, listed)
            if folder.number != number:
                raise FolderNotFound(listed.path)
            told = await fetch_uids(folder, inside, wanted.items(folder.capabilities))
        except (ServerRefused, IncompleteAnswer, FolderNotFound) as error:
            found.leave_out(listed, error.message)
            continue
        data = list(told.values())
        made = await objects(folder, wanted, data)
        shown |= {inside[each.uid or 0]: message for each, message in zip(reversed(data), made, strict=True)}
    return [shown[row] for row in rows if row in shown]
