"""The folders of an account as the server lists them now, with their counters when they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from postroom.folders.store import FolderRow
from postroom.imap.commands.list import Listing, list_mailboxes
from postroom.imap.commands.status import Status
from postroom.imap.names import is_inbox
from postroom.imap.paths import is_selectable
from postroom.imap.responses import ListData, StatusData
from postroom.mail.folder import folder_object, folders_by_path
from postroom.mail.roles import roles_of
from postroom.mail.shapes import FolderObject
from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.visit import MailVisit
from postroom.tasks import aside

__all__ = ["live_list"]

Told = StatusData | str
"""Counters, or the words with which the server refused them."""

_COST: Final = 40
"""Microseconds per folder, roughly."""
_AT_ONCE: Final = 16
"""Commands in flight at a time."""
_NO_COUNTERS: Final = "The mail server told no counters"


async def live_list(visit: MailVisit, stored: Sequence[FolderRow], *, counters: bool) -> list[FolderObject]:
    """Return the server's folders in order of path. Folders with unusable names are left out.

    `stored` are the folders as the sync last saw them: without `counters` the numbers come from there. Raises
    ServerRefused and SessionFailed.
    """
    items = _items(visit.capabilities) if counters else ()
    listing = await visit.perform(list_mailboxes(visit.capabilities, items))
    rows = {row.path: row for row in stored}
    folders = await aside(_COST * len(listing.mailboxes), lambda: folders_by_path(listing.mailboxes, rows))
    told = await _counted(visit, folders, listing, items) if counters else {}
    chosen = visit.lent.settings.chosen_roles
    return await aside(_COST * len(folders), lambda: _shown(folders, chosen, rows, told))


def _items(capabilities: frozenset[str]) -> tuple[str, ...]:
    return ("MESSAGES", "UNSEEN", "UIDNEXT", *(("MAILBOXID",) if "OBJECTID" in capabilities else ()))


async def _counted(
    visit: MailVisit, folders: Mapping[str, ListData], listing: Listing, items: tuple[str, ...]
) -> dict[str, Told]:
    """Return the counters by path: those that came with the list, and for the other folders one STATUS each."""
    paths = {each.raw_name: path for path, each in folders.items()}
    told: dict[str, Told] = {}
    for status in listing.counters:
        path = "INBOX" if is_inbox(status.name) else paths.get(status.raw_name)
        if path is not None:
            told[path] = status
    missing = [path for path, each in folders.items() if path not in told and is_selectable(each.attributes)]
    for at in range(0, len(missing), _AT_ONCE):
        part = missing[at : at + _AT_ONCE]
        answers = await asyncio.gather(*(_status(visit, folders[path].raw_name, items) for path in part))
        told |= dict(zip(part, answers, strict=True))
    return told


async def _status(visit: MailVisit, raw_name: bytes, items: tuple[str, ...]) -> Told:
    try:
        return await visit.run(Status(raw_name, items))
    except ServerRefused as refusal:
        return refusal.said or refusal.message


def _shown(
    folders: Mapping[str, ListData], chosen: Mapping[str, str], rows: Mapping[str, FolderRow], told: Mapping[str, Told]
) -> list[FolderObject]:
    roles = roles_of(folders, chosen)
    shown = []
    for path, each in sorted(folders.items()):
        folder = folder_object(path, each.delimiter, each.attributes, roles.get(path))
        row = rows.get(path)
        if row is not None:
            _put(folder, row.object_id, row.messages, row.uidnext)
        if path in told:
            _put_counters(folder, told[path])
        shown.append(folder)
    return shown


def _put(folder: FolderObject, object_id: str | None, messages: int | None, uidnext: int | None) -> None:
    if object_id is not None:
        folder["id"] = object_id
    if messages is not None:
        folder["messages"] = messages
    if uidnext is not None:
        folder["uidNext"] = uidnext


def _put_counters(folder: FolderObject, told: Told) -> None:
    if isinstance(told, str):
        folder["status"] = {"error": told}
        return
    messages = told.items.get("MESSAGES")
    _put(folder, told.mailbox_id, messages, told.items.get("UIDNEXT"))
    if messages is None:
        folder["status"] = {"error": _NO_COUNTERS}
    else:
        folder["status"] = {"messages": messages, "unseen": told.items.get("UNSEEN", 0)}
