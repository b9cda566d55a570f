"""Fetches the messages of a page of what was found in several folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from postroom.footprint.dataclass import dataclass
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.failures import FolderNotFound, IncompleteAnswer, ServerRefused
from postroom.mailboxes.lists.fetching import fetch_uids
from postroom.mailboxes.lists.page import NotAnswered
from postroom.mailboxes.lists.paging import objects
from postroom.mailboxes.lists.wanted import WantedMembers
from postroom.mailboxes.places import ListedFolder
from postroom.mailboxes.searching.all_folders.rows import FoundRow
from postroom.mailboxes.threads.marking import mark_threads
from postroom.mailboxes.visit import MailVisit
from postroom.mailboxes.visiting import MailVisits

__all__ = ["ShownRows", "fetch_rows"]


@dataclass(frozen=True, slots=True)
class ShownRows:
    """The messages of a page, and the folders that failed."""

    messages: list[MessageObject]
    failed: tuple[NotAnswered, ...] = ()


async def fetch_rows(
    visits: MailVisits,
    visit: MailVisit,
    folders: Mapping[int, ListedFolder],
    rows: Sequence[FoundRow],
    wanted: WantedMembers,
) -> ShownRows:
    """Return the message objects of these rows, in their order. Messages that are gone by now are left out.

    `folders` has the folder of each row by its number. Raises SessionFailed.
    """
    shown: dict[FoundRow, MessageObject] = {}
    failed: list[NotAnswered] = []
    for number in dict.fromkeys(row.folder for row in rows):
        inside = {row.uid: row for row in rows if row.folder == number}
        try:
            told = await _fetch_in(visits, visit, number, folders[number], inside, wanted)
            shown |= {inside[uid]: message for uid, message in told.items()}
        except (ServerRefused, IncompleteAnswer, FolderNotFound) as error:
            failed.append(NotAnswered(folders[number].path, error.message))
    return ShownRows([shown[row] for row in rows if row in shown], tuple(failed))


async def _fetch_in(
    visits: MailVisits,
    visit: MailVisit,
    number: int,
    listed: ListedFolder,
    uids: Mapping[int, FoundRow],
    wanted: WantedMembers,
) -> dict[int, MessageObject]:
    """Return the messages of one folder that are there, by UID. Raises FolderNotFound when it is another one now."""
    folder = await visits.open_listed(visit, listed)
    if folder.number != number:
        raise FolderNotFound(listed.path)
    data = list((await fetch_uids(folder, uids, wanted.items(folder.capabilities))).values())
    made = await objects(folder, wanted, data)
    await mark_threads(visits.db, folder, made, wanted.names)
    return {each.uid or 0: message for each, message in zip(reversed(data), made, strict=True)}
