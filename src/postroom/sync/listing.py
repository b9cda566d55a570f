"""Reads the list of folders, and writes what changed about it together with the events that report it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import sqlalchemy as sa

from postroom.accounts.document import Document
from postroom.connections.imap_client import ImapClient
from postroom.events.types import Event
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.names import is_inbox, normalise_inbox
from postroom.imap.paths import is_regular, name_folders
from postroom.imap.responses import ListData, StatusData
from postroom.log import get_logger
from postroom.sync import store
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.announce import Place, mailbox_deleted, mailbox_new
from postroom.sync.answers import Answers
from postroom.sync.counters import counters, status_items
from postroom.sync.folders import Folder, assign_roles, compare
from postroom.sync.hints import told_by_status
from postroom.sync.plan import Told
from postroom.sync.store import StoredMailbox

log = get_logger("sync")

# They say how a folder is just now, not what it is.
_PASSING: Final = frozenset({"\\marked", "\\unmarked"})
_CHOICES: Final = {
    "\\Sent": "sentMailPath",
    "\\Drafts": "draftsMailPath",
    "\\Junk": "junkMailPath",
    "\\Trash": "trashMailPath",
    "\\Archive": "archiveMailPath",
}


class FolderList:
    """The folders of an account, on the server and as stored."""

    __slots__ = (
        "_account",
        "_apart",
        "_assumes_inbox",
        "_avoid",
        "_chosen",
        "_client",
        "_lacks_inbox",
        "_paths",
        "folders",
    )

    def __init__(self, account: AccountLedger, client: ImapClient, document: Document) -> None:
        self._account = account
        self._client = client
        self._avoid: frozenset[str] = frozenset()
        imap = document.get("imap")
        settings = imap if isinstance(imap, dict) else {}
        self._chosen = {role: str(settings[key]) for role, key in _CHOICES.items() if settings.get(key)}
        self.folders: dict[str, Folder] = {}
        # Paths by the names on the wire, and of folders whose path is not their name: the name.
        self._paths: dict[bytes, str] = {}
        self._apart: dict[str, str] = {}
        self._assumes_inbox = self._lacks_inbox = False

    @property
    def selectable(self) -> list[tuple[str, str | None]]:
        """Path and role of the folders that can be opened."""
        return [(path, each.special_use) for path, each in self.folders.items() if each.is_selectable]

    async def read(self, *, counters: bool) -> None:
        """Read the list, with `counters` where the server gives them along with it. Raises CommandFailed.

        An empty list is a fault of the server; the one before stays, and INBOX is tried by name, listed or not.
        """
        offered = self._client.capabilities
        items = status_items(offered) if counters or "OBJECTID" in offered else ()
        listing = await Answers(self._client).perform(lambda: list_mailboxes(offered, items, self._avoid))
        self._avoid |= listing.refused
        if not listing.mailboxes:
            log.warning("empty folder list", account=self._account.lease.account)
            self._account.progress.unlisted = True
            self.take_counters()
            self.folders = self.folders or await self._as_stored()
            return
        self._account.progress.unlisted = False
        listed = name_folders(listing.mailboxes, await self._known_paths(listing.mailboxes))
        roles = assign_roles(((path, each.delimiter, each.attributes) for path, each in listed.items()), self._chosen)
        self.folders = {path: _folder(path, each, roles.get(path)) for path, each in listed.items()}
        self._paths = {each.raw_name: path for path, each in listed.items()}
        for status in listing.counters:
            path = self.path_of(status)
            if path is not None and path in self.folders:
                known = self.folders[path]
                self.folders[path] = replace(known, told=told_by_status(status), object_id=status.mailbox_id)
        self._assumes_inbox = "INBOX" not in self.folders
        if self._assumes_inbox and not self._lacks_inbox:
            self.restore_inbox()
        await self._tell_apart(listed)

    def take_counters(self) -> dict[str, Told]:
        """Return the counters that came with the list, by path, and forget them: they are true only then."""
        told = {path: each.told for path, each in self.folders.items() if each.told is not None}
        self.folders |= {path: replace(self.folders[path], told=None) for path in told}
        return told

    def drop_inbox(self) -> None:
        """Go on without INBOX where the server does not list it, and does not open it either."""
        if self._assumes_inbox:
            self._lacks_inbox = True
            self.folders.pop("INBOX", None)

    def restore_inbox(self) -> None:
        """Have INBOX among the folders, listed or not: RFC 3501 section 5.1 says that it is there."""
        self.folders.setdefault("INBOX", Folder("INBOX", b"INBOX", special_use="\\Inbox"))

    async def _as_stored(self) -> dict[str, Folder]:
        stored = await self._account.read(lambda conn: store.load(conn, self._account.lease.key))
        folders = {
            path: Folder(path, path, row.delimiter, row.attributes, row.special_use, row.object_id)
            for path, row in stored.items()
        }
        return {"INBOX": Folder("INBOX", b"INBOX", special_use="\\Inbox"), **folders}

    def path_of(self, status: StatusData) -> str | None:
        """Return the path of the folder that counters are about, None when no such folder is listed."""
        return "INBOX" if is_inbox(status.name) else self._paths.get(status.raw_name)

    async def _known_paths(self, listed: Iterable[ListData]) -> Collection[str]:
        """The paths of before, where they matter: a regular name has the same path whatever there was."""
        if all(map(is_regular, listed)):
            return ()
        return await self._account.read(lambda conn: store.load(conn, self._account.lease.key).keys())

    async def _tell_apart(self, listed: Mapping[str, ListData]) -> None:
        """Ask for the counters of folders whose names read alike: their UIDVALIDITY tells which was there before."""
        self._apart = {path: name for path, each in listed.items() if (name := normalise_inbox(each.name)) != path}
        both = [each for each in {*self._apart, *self._apart.values()} if each in self.folders]
        unsure = [(path, self.folders[path].raw_name) for path in both if self.folders[path].told is None]
        for path, told in (await counters(self._client, unsure, patient=True)).items():
            self.folders[path] = replace(self.folders[path], told=told)

    async def store(self) -> dict[str, StoredMailbox]:
        """Write the list and announce what is gone; return what is stored of each folder now.

        Folders of an account that was synced before and of which nothing is stored have been lost, not added.
        """
        listed = self.folders

        def work(conn: sa.Connection) -> tuple[dict[str, StoredMailbox], Sequence[Event]]:
            before = store.load(conn, self._account.lease.key)
            if not listed:
                return before, ()
            notice = "new" if before else None
            if not before and store.was_initialized(conn, self._account.lease.key):
                notice = "lost"
            if _is_same(before, listed):
                return before, ()
            events = self._write(conn, before, listed, notice)
            return store.load(conn, self._account.lease.key), events

        return await self._account.write(work)

    def _write(
        self,
        conn: sa.Connection,
        before: Mapping[str, StoredMailbox],
        listed: Mapping[str, Folder],
        notice: str | None,
    ) -> list[Event]:
        # A folder that has become a mere name holds no messages any more: for our purposes it went and another came.
        hollow = {path for path, each in before.items() if path in listed and _became_hollow(each, listed[path])}
        # Another folder took the path by which this one was known: the messages that are stored are still its own.
        displaced = {
            name: path
            for path, name in self._apart.items()
            if name in before and path not in before and _was(before[name], listed, path, name)
        }
        found = compare(
            {path: each.object_id for path, each in before.items() if path not in hollow and path not in displaced},
            {path: each.object_id for path, each in listed.items() if path not in displaced.values()},
        )
        gone = [before[path] for path in (*found.gone, *hollow)]
        store.delete(conn, [each.id for each in gone])
        events: list[Event] = list(_farewells(gone))
        for old, new in (*found.renamed, *displaced.items()):
            events += self._rename(conn, before[old], listed[new])
        new_rows = [{**_row(listed[path]), "notice": notice} for path in found.new]
        store.insert(conn, self._account.lease.key, new_rows)
        for path, each in before.items():
            if path in listed and path not in hollow and path not in displaced and _row(each) != _row(listed[path]):
                store.update(conn, each.id, _row(listed[path]))
        return events

    def _rename(self, conn: sa.Connection, before: StoredMailbox, listed: Folder) -> list[Event]:
        """To the outside one folder goes and another comes; its messages are the same, and so are their ids."""
        store.rename(conn, self._account.lease.key, before, listed.path)
        notice = "new" if before.number is None else before.notice
        store.update(conn, before.id, {**_row(listed), "notice": notice})
        if before.number is None:
            return list(_farewells([before]))
        place = Place(listed.path, listed.special_use, listed.delimiter, before.number)
        return [*_farewells([before]), mailbox_new(place, before.uidvalidity or 0)]


def _folder(path: str, listed: ListData, role: str | None) -> Folder:
    attributes = tuple(sorted(each for each in listed.attributes if each.lower() not in _PASSING))
    return Folder(path, listed.raw_name, listed.delimiter, attributes, role)


def _row(folder: Folder | StoredMailbox) -> dict[str, Any]:
    row: dict[str, Any] = {
        "path": folder.path,
        "delimiter": folder.delimiter,
        "attributes": list(folder.attributes),
        "special_use": folder.special_use,
        "object_id": folder.object_id,
    }
    return row


def _is_same(stored: Mapping[str, StoredMailbox], listed: Mapping[str, Folder]) -> bool:
    """Whether there is nothing to write, as on nearly every connection."""
    return stored.keys() == listed.keys() and all(_row(each) == _row(listed[path]) for path, each in stored.items())


def _was(stored: StoredMailbox, listed: Mapping[str, Folder], path: str, name: str) -> bool:
    """Whether what is stored is of the folder at `path`, and not of the one that has `name` for its path now."""
    validities = [told.uidvalidity if (told := listed[each].told) else None for each in (path, name) if each in listed]
    return len(validities) == 2 and validities[0] == stored.uidvalidity != validities[1]


def _became_hollow(stored: StoredMailbox, listed: Folder) -> bool:
    was_selectable = Folder(stored.path, stored.path, attributes=stored.attributes).is_selectable
    return was_selectable and not listed.is_selectable


def _farewells(gone: Iterable[StoredMailbox]) -> Iterable[Event]:
    """One event for each folder that had been announced, or was there from the beginning."""
    for each in gone:
        is_selectable = Folder(each.path, each.path, attributes=each.attributes).is_selectable
        if is_selectable and each.notice != "new":
            yield mailbox_deleted(each.path, each.special_use, each.delimiter)
