"""Brings what is stored of a mailbox up to date with the server, and announces what is new, in one transaction each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from postroom.accounts.document import Document
from postroom.accounts.journal import check_lease
from postroom.accounts.model import Lease
from postroom.clock import from_iso
from postroom.connections.imap_client import ImapClient
from postroom.events.log import append
from postroom.events.types import MessageNew
from postroom.imap import encode
from postroom.imap.commands.arguments import words
from postroom.imap.commands.fetch import Fetch
from postroom.imap.commands.list import list_mailboxes
from postroom.imap.commands.search import Search
from postroom.imap.commands.select import Select
from postroom.imap.responses import FetchData, ListData
from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.tables import accounts
from postroom.sync import store
from postroom.sync.message import message_object
from postroom.sync.plan import Cursor, Start, is_news, main_folder, search_day, special_use, start

T = TypeVar("T")
log = get_logger("sync")

_MESSAGE_ITEMS: Final = ("UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODYSTRUCTURE")
_UNSELECTABLE: Final = frozenset({"\\Noselect", "\\NonExistent"})
# Messages per FETCH and per transaction: enough to be quick, few enough to lose little by a broken connection.
_BATCH: Final = 200


class SyncEngine:
    """The sync of one account over one live connection. Raises CommandFailed, ConnectionLost, LeaseLost."""

    __slots__ = ("_client", "_clock", "_db", "_document", "_folder", "_lease", "_number")

    def __init__(
        self, db: Database, lease: Lease, client: ImapClient, document: Document, clock: Callable[[], int]
    ) -> None:
        self._db = db
        self._lease = lease
        self._client = client
        self._document = document
        self._clock = clock
        self._folder: store.StoredMailbox | None = None
        self._number = 0

    async def begin(self) -> None:
        """The first sync of a connection: read the folder list, open the main folder, announce what is new."""
        stored = await self.refresh_folders()
        path = main_folder(
            [(each.path, each.special_use) for each in stored.values() if _UNSELECTABLE.isdisjoint(each.attributes)],
            _wanted_paths(self._document),
        )
        self._folder = stored.get(path) or await self._add_folder(path)
        selected = await self._client.run(Select(path))
        cursor = Cursor(self._folder.uidvalidity, self._folder.uidnext)
        how = start(cursor, selected.uidvalidity)
        uidvalidity = selected.uidvalidity or 0
        self._number = await self._write(
            lambda conn: store.number(conn, self._lease.key, path, uidvalidity), with_time=False
        )
        if how is Start.GO_ON:
            await self.announce_new()
            return
        uidnext = selected.uidnext or await self._highest_uid() + 1
        if how is Start.FIRST:
            await self._announce_since(uidnext)
        await self._move_cursor(uidnext, uidvalidity)

    async def refresh_folders(self) -> dict[str, store.StoredMailbox]:
        """Read the folder list and store it; an empty list is a fault of the server and changes nothing."""
        listing = await self._client.perform(list_mailboxes(self._client.capabilities))
        found = {each.name: each for each in listing.mailboxes}

        def work(conn: sa.Connection) -> dict[str, store.StoredMailbox]:
            stored = store.load(conn, self._lease.key)
            if not found:
                return stored
            store.insert(conn, self._lease.key, (_row(each) for path, each in found.items() if path not in stored))
            store.delete(conn, [each.id for path, each in stored.items() if path not in found])
            for path, each in stored.items():
                if path in found and _differs(each, found[path]):
                    store.update(conn, each.id, _row(found[path]))
            return store.load(conn, self._lease.key)

        if not found:
            log.warning("empty folder list", account=self._lease.account)
        return await self._write(work)

    async def announce_new(self) -> int:
        """Fetch every message from the cursor on and announce it; return how many there were."""
        folder = self._required_folder()
        first = folder.uidnext or 1
        fetched = await self._client.run(Fetch(UidSet([(first, MAX_NUMBER)]), _MESSAGE_ITEMS))
        messages = [each for each in fetched.messages if (each.uid or 0) >= first]
        if messages:
            await self._announce(messages, witnessed=True)
        return len(messages)

    async def touch(self) -> None:
        """Note that everything is in step as of now."""
        await self._write(lambda _conn: None)

    async def _announce_since(self, uidnext: int) -> None:
        """Announce the mail since `notifyFrom` that was there before the account was first synced."""
        notify_from = self._notify_from()
        criteria = words(b"SINCE", encode.date(search_day(notify_from).date()))
        found = await self._client.run(Search(criteria))
        old = (found.uids or UidSet()) & UidSet([(1, max(uidnext - 1, 1))])
        for batch in _batches(old):
            fetched = await self._client.run(Fetch(batch, _MESSAGE_ITEMS))
            await self._announce(list(fetched.messages), witnessed=False)

    async def _announce(self, messages: list[FetchData], *, witnessed: bool) -> None:
        """Append the events and move the cursor behind them, in one transaction."""
        folder = self._required_folder()
        notify_from = self._notify_from()
        messages.sort(key=lambda each: each.uid or 0)
        events = [
            MessageNew(folder.path, folder.special_use, message_object(self._number, folder.path, each))
            for each in messages
            if is_news(each.internal_date, notify_from, witnessed=witnessed)
        ]
        uidnext = (messages[-1].uid or 0) + 1 if messages else None

        def work(conn: sa.Connection) -> None:
            append(conn, self._lease.key, self._lease.account, events, self._clock())
            if witnessed and uidnext is not None:
                store.update(conn, folder.id, {"uidnext": uidnext, "synced_at": self._clock()})

        await self._write(work)
        if witnessed and uidnext is not None:
            self._folder = _with_cursor(folder, folder.uidvalidity, uidnext)

    async def _move_cursor(self, uidnext: int, uidvalidity: int) -> None:
        folder = self._required_folder()
        values = {"uidnext": uidnext, "uidvalidity": uidvalidity, "synced_at": self._clock()}
        await self._write(lambda conn: store.update(conn, folder.id, values))
        self._folder = _with_cursor(folder, uidvalidity, uidnext)

    async def _highest_uid(self) -> int:
        """For servers that do not tell UIDNEXT."""
        found = await self._client.run(Search())
        return (found.uids or UidSet()).max or 0

    async def _add_folder(self, path: str) -> store.StoredMailbox:
        """A folder the list leaves out (INBOX, on some servers) is opened all the same."""

        def work(conn: sa.Connection) -> store.StoredMailbox:
            row: dict[str, Any] = {
                "path": path,
                "delimiter": None,
                "attributes": [],
                "special_use": special_use(path, ()),
            }
            store.insert(conn, self._lease.key, [row])
            return store.load(conn, self._lease.key)[path]

        return await self._write(work)

    async def _write(self, work: Callable[[sa.Connection], T], *, with_time: bool = True) -> T:
        """Write as the owner of the account; `with_time` also notes the time of the sync."""

        def fenced(conn: sa.Connection) -> T:
            check_lease(conn, self._lease)
            result = work(conn)
            if with_time:
                conn.execute(
                    sa.update(accounts).where(accounts.c.key == self._lease.key).values(sync_time=self._clock())
                )
            return result

        return await self._db.write(fenced)

    def _notify_from(self) -> int:
        return from_iso(str(self._document["notifyFrom"]))

    def _required_folder(self) -> store.StoredMailbox:
        assert self._folder is not None, "begin() opens the main folder first"
        return self._folder


def _wanted_paths(document: Document) -> list[str]:
    wanted = document.get("path")
    return [wanted] if isinstance(wanted, str) else list(wanted or [])


def _row(listed: ListData) -> dict[str, Any]:
    return {
        "path": listed.name,
        "delimiter": listed.delimiter,
        "attributes": sorted(listed.attributes),
        "special_use": special_use(listed.name, listed.attributes),
    }


def _differs(stored: store.StoredMailbox, listed: ListData) -> bool:
    row = _row(listed)
    return (stored.delimiter, list(stored.attributes), stored.special_use) != (
        row["delimiter"],
        row["attributes"],
        row["special_use"],
    )


def _with_cursor(folder: store.StoredMailbox, uidvalidity: int | None, uidnext: int) -> store.StoredMailbox:
    return store.StoredMailbox(
        folder.id, folder.path, folder.delimiter, folder.attributes, folder.special_use, uidvalidity, uidnext
    )


def _batches(uids: UidSet) -> list[UidSet]:
    members = list(uids)
    return [UidSet.from_iterable(members[at : at + _BATCH]) for at in range(0, len(members), _BATCH)]
