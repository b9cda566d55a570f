"""Lists, creates, renames, subscribes to and deletes folders for callers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from postroom.accounts import store as accounts_store
from postroom.accounts.model import AccountNotFound, NotConnected
from postroom.errors import StorageFailed
from postroom.folders import numbers_store
from postroom.folders import store as folder_store
from postroom.folders.store import FolderRow
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.mail.shapes import FolderObject
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.alive import alive_session
from postroom.mailboxes.failures import InvalidFolder
from postroom.mailboxes.folders import changes
from postroom.mailboxes.folders.changes import Created
from postroom.mailboxes.folders.landscape import Landscape, read_landscape
from postroom.mailboxes.folders.live_list import live_list
from postroom.mailboxes.folders.naming import moved_paths, new_path
from postroom.mailboxes.folders.stored_list import stored_list
from postroom.mailboxes.places import is_role
from postroom.mailboxes.visit import MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import NoPlace, SessionFailed
from postroom.storage.statements.connection import Connection

__all__ = ["Deleted", "FolderChanged", "FolderOverview", "Folders"]

FolderName = str | Sequence[str]
"""A path as listed, or its levels in order."""

log = get_logger("mailboxes")


@dataclass(frozen=True, slots=True)
class FolderOverview:
    """The folders of an account. `stored` means that they are as the sync last saw them, and not from the server.

    `stored_at` is the time of the last sync then, in milliseconds since 1970, if it is known.
    """

    folders: list[FolderObject]
    stored: bool = False
    stored_at: int | None = None


@dataclass(frozen=True, slots=True)
class FolderChanged:
    """A changed folder: its path before, its path after a rename, and its subscription, each None if not asked for."""

    path: str
    new_path: str | None
    renamed: bool | None
    subscribed: bool | None
    mailbox_id: str | None


@dataclass(frozen=True, slots=True)
class Deleted:
    """A deleted folder."""

    path: str
    mailbox_id: str | None


@dataclass(frozen=True, slots=True)
class Folders:
    """Lists, creates, renames, subscribes to and deletes folders for callers."""

    visits: MailVisits

    async def list(self, account: str, allowed: TimeAllowed, *, counters: bool = False) -> FolderOverview:
        """Return the folders as the server lists them; as they are stored if it cannot be asked now.

        Raises AccountNotFound, StorageFailed, ServerRefused, TimedOut, and if no folders are stored NotConnected and
        SessionFailed.
        """
        stored = await self.visits.db.read(partial(_stored, account=account))
        try:
            async with alive_session(self.visits, account, allowed) as visit:
                return FolderOverview(await live_list(visit, stored.rows, counters=counters))
        except (NotConnected, SessionFailed) as error:
            if not stored.rows or isinstance(error, NoPlace):
                raise
            return FolderOverview(stored_list(stored.rows, stored.chosen), stored=True, stored_at=stored.at)

    async def create(
        self, account: str, name: FolderName, allowed: TimeAllowed, *, subscribed: bool | None = None
    ) -> Created:
        """Create a folder if it is not there. Raises InvalidFolder, FolderRefused, and what `MailVisits.session` does.

        A role (`\\Sent`) names the folder that has it. FolderNotFound is raised when none has.
        """
        async with self._at_folders(account, allowed) as (visit, there):
            if isinstance(name, str) and is_role(name):
                path = there.path_of(name)
            else:
                path = new_path(name, there.space, "path")
            done = await changes.create_folder(visit, there, path, subscribed=subscribed)
        if done.created:
            await self._announce(account)
        return done

    async def change(
        self,
        account: str,
        path: FolderName,
        allowed: TimeAllowed,
        *,
        new_name: FolderName | None = None,
        subscribed: bool | None = None,
    ) -> FolderChanged:
        """Rename a folder, subscribe to it, or end its subscription.

        Raises FolderNotFound, InvalidFolder, FolderRefused, and what `MailVisits.session` raises.
        """
        async with self._at_folders(account, allowed) as (visit, there):
            old = _find(there, path)
            new = None if new_name is None else _new(there, new_name)
            renames = new is not None and new != old
            name: str | bytes = there.folders[old].raw_name
            if new is not None and renames:
                await changes.rename_folder(visit, there, old, new)
                name = new
                await self._renumber(visit, moved_paths(old, new, there.delimiter_of(old), list(there.folders)))
                await self._announce(account)
            if subscribed is not None:
                await changes.subscribe_folder(visit, name, subscribed=subscribed)
            found = await changes.mailbox_id(visit, name)
        return FolderChanged(old, new, None if new is None else renames, subscribed, found)

    async def delete(self, account: str, path: FolderName, allowed: TimeAllowed) -> Deleted:
        """Delete a folder with its messages.

        Raises FolderNotFound, InvalidFolder, FolderRefused, and what `MailVisits.session` raises.
        """
        async with self._at_folders(account, allowed) as (visit, there):
            old = _find(there, path)
            found = await changes.mailbox_id(visit, there.folders[old].raw_name)
            await changes.delete_folder(visit, there, old)
        await self._announce(account)
        return Deleted(old, found)

    @asynccontextmanager
    async def _at_folders(self, account: str, allowed: TimeAllowed) -> AsyncIterator[tuple[MailVisit, Landscape]]:
        """Lend a session, with the folders that the server has."""
        stored = await self.visits.db.read(partial(_stored, account=account))
        async with alive_session(self.visits, account, allowed) as visit:
            yield visit, await read_landscape(visit, {row.path for row in stored.rows})

    async def _renumber(self, visit: MailVisit, moves: dict[str, str]) -> None:
        """Let message ids follow renamed folders: they hold on servers that keep the UIDVALIDITY of such a folder."""

        def work(conn: Connection) -> None:
            if numbers_store.lock(conn, visit.key):
                numbers_store.move(conn, visit.key, moves)

        try:
            await self.visits.db.write(work)
        except StorageFailed as error:
            # The folder has its new name already, so this is no reason for an error. Its messages get new ids.
            log.warning("renamed folders get new numbers", account=visit.account, error=error.message)

    async def _announce(self, account: str) -> None:
        """Ask the sync to look now. It finds the change later in any case."""
        try:
            await self.visits.borrowing.accounts.request_sync(account)
        except (AccountNotFound, NotConnected, StorageFailed) as error:
            log.info("the sync finds a changed folder later", account=account, reason=error.message)


@dataclass(frozen=True, slots=True)
class _Stored:
    rows: list[FolderRow]
    chosen: dict[str, str]
    at: int | None


def _stored(conn: Connection, account: str) -> _Stored:
    row = account_row(conn, account)
    settings, _ = accounts_store.load_settings(conn, row.key)
    rows = folder_store.all_folders(conn, row.key)
    return _Stored(rows, settings.chosen_roles, folder_store.last_synced(conn, row.key))


def _find(there: Landscape, path: FolderName) -> str:
    """Return the path of a listed folder. Levels are tried as they are, then below the prefix of own folders."""
    if isinstance(path, str):
        return there.path_of(path)
    return there.path_of(new_path(path, there.space, "path"))


def _new(there: Landscape, name: FolderName) -> str:
    """Return the path of a new name. A role is none: it would become a folder that is called so."""
    if isinstance(name, str) and is_role(name):
        raise InvalidFolder(f'"newPath" must be a path: {name} is a role', "newPath")
    return new_path(name, there.space, "newPath")
