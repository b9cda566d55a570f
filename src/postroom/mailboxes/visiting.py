"""Opens visits to mailboxes for callers: every request for folders or messages comes through here.

The names and numbers of folders are found here, and a session that a server closed while it was idle is replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import Final, TypeVar

from postroom.accounts.model import AccountNotFound
from postroom.folders import numbers_store
from postroom.folders import store as folder_store
from postroom.folders.numbers_store import Numbered
from postroom.folders.store import FolderRow
from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import GMAIL, supports
from postroom.imap.commands.search import Search
from postroom.imap.commands.select import Select
from postroom.imap.names import normalise_inbox
from postroom.imap.selected import SelectedMailbox
from postroom.mail.identity.stable_ids import StableId, looks_stable, read_stable_id, stable_id
from postroom.mail.ids import MessageId, NotAnId, message_id, read_message_id
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.failures import InvalidId, MailboxFailed, MessageMoved, MessageNotFound, ServerRefused, TimedOut
from postroom.mailboxes.own_ids.searching import FoundMessage, find_message
from postroom.mailboxes.places import ListedFolder, find_listed, find_role, is_role, unlisted
from postroom.mailboxes.still_open import still_open
from postroom.mailboxes.visit import AtMessage, FolderVisit, MailVisit, TimeAllowed, fetch_one
from postroom.mailboxes.whereabouts import best_first, whereabouts
from postroom.sessions.borrowing import Borrowing, Lent
from postroom.sessions.failures import NoPlace, SessionFailed
from postroom.sessions.staying import Stay
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.threads import store as index_store
from postroom.threads.store import Indexed

__all__ = ["MailVisits"]

T = TypeVar("T")

_TRIES: Final = 3
"""Sessions to try for one visit: a server may have closed those that were idle."""

_PLACES: Final = 4
"""Places at which a message that left its id is looked for."""

_EARLY: Final = 0.02
"""Seconds by which the wait for a session ends before the allowed, so that the answer can say what it waited for."""


@dataclass(frozen=True, slots=True)
class MailVisits:
    """Opens visits."""

    borrowing: Borrowing

    @property
    def db(self) -> Database:
        """The database of the accounts."""
        return self.borrowing.accounts.db

    @asynccontextmanager
    async def session(self, account: str, allowed: TimeAllowed, stay: Stay | None = None) -> AsyncIterator[MailVisit]:
        """Lend a session for the block, without a folder, unless `stay` tells that one is open.

        Raises AccountNotFound, NotConnected, SessionFailed, StorageFailed, and TimedOut when the block is not done in
        time.
        """
        doing, visit = "no session was free", None
        try:
            async with asyncio.timeout_at(allowed.at) as clock:
                async with self._lend(account, allowed, stay) as lent:
                    visit = MailVisit(lent, clock, stay)
                    yield visit
        except NoPlace as error:
            raise TimedOut(error.message, allowed.ttl) from error
        except TimeoutError:
            if not clock.expired():
                raise
            raise TimedOut(doing if visit is None else visit.doing, allowed.ttl) from None

    @asynccontextmanager
    async def folder(
        self, account: str, path: str, allowed: TimeAllowed, *, writes: bool = False, stays: bool = False
    ) -> AsyncIterator[FolderVisit]:
        r"""Lend a session with a folder open for the block; `path` may be a role (`\Sent`).

        The folder is open read-only unless the visit `writes`. If it `stays`, it may have been open already, and stays
        open for a moment. Raises what `session` raises, FolderNotFound, and ServerRefused when the server does not open
        the folder.
        """
        begin = partial(self._open, path=path, writes=writes)
        async with self._begun(account, allowed, begin, stays=stays) as opened:
            yield opened

    @asynccontextmanager
    async def _begun(
        self,
        account: str,
        allowed: TimeAllowed,
        begin: Callable[[MailVisit], Awaitable[T]],
        *,
        stays: bool = False,
    ) -> AsyncIterator[T]:
        """Lend a session on which `begin` was done. If an idle session turns out to be closed, another one is lent."""
        async with AsyncExitStack() as stack:
            for tries_left in range(_TRIES - 1, -1, -1):
                stay = Stay() if stays else None
                visit = await stack.enter_async_context(self.session(account, allowed, stay))
                try:
                    begun = await begin(visit)
                except SessionFailed as error:
                    if not tries_left or error.stage != "connection":
                        raise
                    await stack.aclose()
                    continue
                yield begun
                return

    @asynccontextmanager
    async def message(
        self, account: str, id_: str | MessageId, allowed: TimeAllowed, *, writes: bool = False
    ) -> AsyncIterator[AtMessage]:
        """Lend a session with the folder of a message open for the block. `id_` is an id as callers send it, or read.

        A text may also be a stable id: then the message is looked for in the index of threads, and if the server has
        given the id, by searching the server. Raises what `folder` raises, InvalidId, and MessageNotFound if the
        message or its folder is gone, or the folder is another one now. If the block raises MessageNotFound and the
        message is found elsewhere, this raises MessageMoved instead.
        """
        if isinstance(id_, str) and looks_stable(id_):
            async with self._stable(account, id_, allowed, writes=writes) as at:
                yield at
            return
        id_ = _read_id(id_) if isinstance(id_, str) else id_
        place = await self.db.read(lambda conn: _find_place(conn, account, id_.number))
        if place is None:
            raise MessageNotFound
        try:
            async with self.folder(account, place.path, allowed, writes=writes) as folder:
                if (folder.opened.uidvalidity or 0) != place.uidvalidity:
                    raise MessageNotFound(
                        f"There is no such message any more: the server numbered the messages of {place.path!r} anew"
                    )
                yield AtMessage(folder, id_.uid)
        except MessageNotFound as gone:
            moved = await self._moved(account, id_, allowed)
            if moved is None:
                raise
            raise moved from gone

    async def open_listed(self, visit: MailVisit, folder: ListedFolder) -> FolderVisit:
        """Open a listed folder read-only on a session that is lent already.

        Raises ServerRefused, SessionFailed, AccountNotFound and StorageFailed.
        """
        return await self._opened(visit, folder, await visit.run(Select(folder.raw_name, read_only=True)))

    @asynccontextmanager
    async def _stable(self, account: str, text: str, allowed: TimeAllowed, *, writes: bool) -> AsyncIterator[AtMessage]:
        """The same for a stable id. The index may be behind the server, or off, so the server is asked as well."""
        try:
            wanted = read_stable_id(text)
        except NotAnId as error:
            raise InvalidId(str(error)) from error
        known = await self.db.read(lambda conn: _find_stable(conn, account, wanted))
        for each in known:
            async with self.folder(account, each.path, allowed, writes=writes) as folder:
                if (folder.opened.uidvalidity or 0) != each.uidvalidity:
                    continue
                there = await folder.run(Search([b"UID %d" % each.uid]))
                if there.uids is not None and each.uid in there.uids:
                    yield AtMessage(folder, each.uid)
                    return
        if wanted.email_id is None and wanted.gmail is None:
            raise MessageNotFound(
                "No message with this stable id is known: it was deleted, or the index has not seen it"
            )
        search = partial(find_message, wanted=wanted, first={each.path for each in known}, writes=writes)
        async with self._begun(account, allowed, partial(self._found, search=search)) as at:
            yield at

    async def _found(self, visit: MailVisit, search: Callable[[MailVisit], Awaitable[FoundMessage]]) -> AtMessage:
        found = await search(visit)
        return AtMessage(await self._opened(visit, found.folder, found.opened), found.uid)

    async def _moved(self, account: str, left: MessageId, allowed: TimeAllowed) -> MessageMoved | None:
        """Return where a message went that is no longer at its id, None unless the server confirms it."""
        places = await self.db.read(lambda conn: whereabouts(conn, account, left))
        for each in places[:_PLACES]:
            with suppress(MailboxFailed, SessionFailed):
                async with self.folder(account, each.path, allowed) as folder:
                    if (folder.opened.uidvalidity or 0) != each.uidvalidity:
                        continue
                    told = await fetch_one(AtMessage(folder, each.uid), _identity(folder))
                    if each.is_it(told):
                        return MessageMoved(stable_id(told), message_id(folder.number, each.uid))
        return None

    async def stored(self, visit: MailVisit, path: str) -> FolderRow | None:
        r"""Return the stored folder at a path or with a role (`\Sent`), None when none is stored."""
        find = folder_store.find_by_role if is_role(path) else folder_store.find
        return await self.db.read(lambda conn: find(conn, visit.key, normalise_inbox(path)))

    async def number(self, visit: MailVisit, path: str, uidvalidity: int) -> int:
        """Return the number that stands for a folder in message ids; give it one if it has none."""
        known = await self.db.read(lambda conn: numbers_store.find_number(conn, visit.key, path, uidvalidity))
        if known is not None:
            return known

        def give(conn: Connection) -> int:
            if not numbers_store.lock(conn, visit.key):
                raise AccountNotFound
            return numbers_store.number(conn, visit.key, path, uidvalidity)

        return await self.db.write(give)

    def _lend(self, account: str, allowed: TimeAllowed, stay: Stay | None) -> AbstractAsyncContextManager[Lent]:
        return self.borrowing.lend(account, patience=max(0.0, allowed.left - _EARLY), stay=stay)

    async def _open(self, visit: MailVisit, path: str, *, writes: bool) -> FolderVisit:
        row = await self.stored(visit, path)
        if visit.kept_open is not None and row is not None:
            return await self._stayed(visit, row, visit.kept_open)
        return await self._opened_anew(visit, path, row, writes=writes)

    async def _stayed(self, visit: MailVisit, row: FolderRow, stay: Stay) -> FolderVisit:
        """Return the folder if it is open already, else open it."""
        now = asyncio.get_running_loop().time()
        if stay.known == row and row.number is not None and now < stay.until:
            selected = await still_open(visit, row)
            if selected is not None:
                return FolderVisit(visit, row.path, row.role, row.number, selected, stayed=True)
        stay.begin(now)
        found = await self._opened_anew(visit, row.path, row, writes=False)
        stay.known = row
        return found

    async def _opened_anew(self, visit: MailVisit, path: str, row: FolderRow | None, *, writes: bool) -> FolderVisit:
        if row is None and is_role(path):
            found = await find_role(visit, path)
            return await self._opened(visit, found, await visit.run(Select(found.raw_name, read_only=not writes)))
        path = normalise_inbox(path) if row is None else row.path
        try:
            selected = await visit.run(Select(path, read_only=not writes))
        except ServerRefused:
            # The server may write the name in another way than the standard does. Only its list shows how.
            found = await find_listed(visit, path)
            return await self._opened(visit, found, await visit.run(Select(found.raw_name, read_only=not writes)))
        if row is None or row.number is None or row.uidvalidity != selected.uidvalidity:
            return await self._opened(visit, row or unlisted(path), selected)
        return FolderVisit(visit, path, row.role, row.number, selected)

    async def _opened(self, visit: MailVisit, folder: FolderRow | ListedFolder, opened: SelectedMailbox) -> FolderVisit:
        number = await self.number(visit, folder.path, opened.uidvalidity or 0)
        return FolderVisit(visit, folder.path, folder.role, number, opened)


def _identity(folder: FolderVisit) -> tuple[str, ...]:
    """Return what to ask about a message, so that its stable id can be told."""
    ids = ("EMAILID",) if supports(folder.capabilities, "OBJECTID") else ()
    google = ("X-GM-MSGID",) if supports(folder.capabilities, GMAIL) else ()
    return ("UID", "RFC822.SIZE", "ENVELOPE", *ids, *google)


def _read_id(text: str) -> MessageId:
    try:
        return read_message_id(text)
    except NotAnId as error:
        raise InvalidId(str(error)) from error


def _find_stable(conn: Connection, account: str, wanted: StableId) -> list[Indexed]:
    """Return where a message may lie, the best place first."""
    row = account_row(conn, account)
    return best_first(
        each
        for each in index_store.holding(conn, row.key, {wanted.name})
        if each.entry.name == wanted.name and wanted.size in (None, each.entry.size)
    )


def _find_place(conn: Connection, account: str, number: int) -> Numbered | None:
    row = account_row(conn, account)
    return numbers_store.find_numbered(conn, row.key, number)
