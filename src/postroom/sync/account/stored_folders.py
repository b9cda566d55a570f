"""Writes changes of the list of folders, in pieces: one transaction each, together with its events.

A list may be long. So it is compared outside the event loop, and no transaction is long enough to hold up other
accounts. If a write is broken off between two pieces, the next list completes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import partial
from typing import Final, TypeVar

from postroom.events.types import Event
from postroom.footprint.dataclass import dataclass
from postroom.imap.names import is_inbox
from postroom.storage.statements.connection import Connection
from postroom.sync import store
from postroom.sync.account.listed_folders import Folder
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.folder.announce import Place, mailbox_deleted, mailbox_new
from postroom.sync.moves.waiting import NO_MOVES, StoredMoves
from postroom.sync.store import FolderListed, StoredMailbox
from postroom.tasks import aside
from postroom.threads.moves.store import forget_to

T = TypeVar("T")

PIECE: Final = 500
"""Folders per transaction."""

COST: Final = 30
"""Microseconds to read or compare one folder, roughly."""


@dataclass(frozen=True, slots=True)
class FolderSnapshot:
    """The folders by path. `apart` maps a path to the folder's name where the two differ.

    `is_cut` means that the list is incomplete, so a folder that is not in it need not be gone. `most` is the largest
    number of folders to keep.
    """

    folders: Mapping[str, Folder]
    apart: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False
    most: int = 0


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """What to write. `notice` says how the `new` folders are announced when they are first opened."""

    gone: Sequence[StoredMailbox]
    renamed: Sequence[tuple[StoredMailbox, Folder]]
    changed: Sequence[tuple[StoredMailbox, Folder]]
    new: Sequence[Folder]
    notice: str | None
    stays: int = 0

    @property
    def is_short(self) -> bool:
        """Whether everything fits into one transaction, with a look at all folders afterwards."""
        return self.stays + len(self.gone) + len(self.renamed) + len(self.changed) + len(self.new) <= PIECE


@dataclass(frozen=True, slots=True)
class StoredList:
    """The stored folders by path, and whether the account was fully synced since it was added or flushed.

    Nobody else writes them while the lease holds.
    """

    folders: dict[str, StoredMailbox]
    initialized: bool


async def look(account: AccountLedger) -> StoredList:
    """Return what is stored as a connection begins, and let the moves of the account know theirs: one read for all.

    An account whose folders were never read has no moves that the sync told of, so they are not asked for.
    """

    def work(conn: Connection) -> tuple[bool, dict[str, StoredMailbox], StoredMoves]:
        initialized, page = store.look(conn, account.lease.key, PIECE)
        return initialized, page, account.moves.stored(conn) if page or initialized else NO_MOVES

    initialized, page, moves = await account.read(work)
    account.moves.begin(moves)
    return StoredList(page if len(page) < PIECE else await load_all(account), initialized)


async def store_list(
    account: AccountLedger, listed: FolderSnapshot, stored: StoredList | None = None
) -> dict[str, StoredMailbox]:
    """Write the list and announce deleted folders; return the stored row of each folder by path.

    `stored` is what `look` returned on this connection, unless something was written since.
    """
    before = stored.folders if stored is not None else await load_all(account)
    if not listed.folders or await aside(len(before) * COST, lambda: _is_same(before, listed.folders)):
        return before
    if stored is not None:
        initialized = stored.initialized
    else:
        initialized = await account.read(lambda conn: store.was_initialized(conn, account.lease.key))
    items = (len(before) + len(listed.folders)) * COST
    changes = await aside(items, lambda: find_changes(before, listed, initialized=initialized))
    for folder in (*changes.gone, *(before for before, _ in changes.renamed)):
        account.progress.forgive(folder.path)
    return await _write(account, changes)


async def load_all(account: AccountLedger) -> dict[str, StoredMailbox]:
    """Return the stored row of each folder by path."""
    found: dict[str, StoredMailbox] = {}
    after: str | None = None
    while True:
        page = await account.read(partial(store.load_page, account_key=account.lease.key, after=after, limit=PIECE))
        found |= page
        if len(page) < PIECE:
            return found
        after = next(reversed(page))


def find_changes(before: Mapping[str, StoredMailbox], listed: FolderSnapshot, *, initialized: bool) -> FolderChanges:
    """Compare the list with the stored folders. `initialized` means that the account was fully synced before.

    In such an account a folder without a stored row is not new: its row was lost.
    """
    folders = listed.folders
    # A folder that can no longer be opened holds no messages. It counts as one folder deleted and another one added.
    hollow = {path for path, each in before.items() if path in folders and _became_hollow(each, folders[path])}
    # Another folder now has this one's path. The stored messages still belong to this one, so it is renamed.
    displaced = {
        name: path
        for path, name in listed.apart.items()
        if name in before and path not in before and _was(before[name], folders, path, name)
    }
    found = compare(
        {path: each.object_id for path, each in before.items() if path not in hollow and path not in displaced},
        {path: each.object_id for path, each in folders.items() if path not in displaced.values()},
    )
    gone = () if listed.is_cut else found.gone
    new = sorted(found.new, key=lambda path: not is_inbox(path))
    if listed.is_cut:
        new = new[: max(0, listed.most - len(before) + len(hollow))]
    return FolderChanges(
        [before[path] for path in (*gone, *hollow)],
        [(before[old], folders[path]) for old, path in (*found.renamed, *displaced.items())],
        [
            (each, folders[path])
            for path, each in before.items()
            if path in folders and path not in hollow and path not in displaced and _row(each) != _row(folders[path])
        ],
        [folders[path] for path in new],
        _notice(before, len(new), initialized=initialized),
        len(before),
    )


@dataclass(frozen=True, slots=True)
class Differences:
    """How a new list of folders differs from the stored one. `renamed` are (old path, new path)."""

    new: tuple[str, ...]
    gone: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]


def compare(stored: Mapping[str, str | None], listed: Mapping[str, str | None]) -> Differences:
    """Compare folders by path and, if the server has them, by object id (RFC 8474), which survives a rename.

    Both arguments are object ids by path. INBOX never counts as gone, because some servers do not list it.
    """
    gone = [path for path in stored if path not in listed and not is_inbox(path)]
    new = [path for path in listed if path not in stored]
    by_id = {listed[path]: path for path in new if listed[path]}
    renamed = tuple((path, by_id[stored[path]]) for path in gone if stored[path] in by_id)
    moved_from, moved_to = {old for old, _ in renamed}, {path for _, path in renamed}
    return Differences(
        tuple(path for path in new if path not in moved_to),
        tuple(path for path in gone if path not in moved_from),
        renamed,
    )


def _notice(before: Mapping[str, StoredMailbox], new: int, *, initialized: bool) -> str | None:
    if not initialized:
        # This many new folders at once are the rest of a first list that was not written completely.
        return "new" if before and new <= PIECE else None
    is_lost = not before or any(each.notice == "lost" for each in before.values())
    return "lost" if is_lost else "new"


async def _write(account: AccountLedger, changes: FolderChanges) -> dict[str, StoredMailbox]:
    """Write the changes; return the stored row of each folder by path."""

    def forget(conn: Connection, part: Sequence[StoredMailbox]) -> Iterable[Event]:
        store.delete(conn, [each.id for each in part])
        forget_to(conn, account.lease.key, {each.number for each in part if each.number is not None})
        return _farewells(part)

    def rename(conn: Connection, part: Sequence[tuple[StoredMailbox, Folder]]) -> Iterable[Event]:
        return [event for before, folder in part for event in _rename(conn, account.lease.key, before, folder)]

    def change(conn: Connection, part: Sequence[tuple[StoredMailbox, Folder]]) -> Iterable[Event]:
        store.relist(conn, {before.id: _row(folder) for before, folder in part})
        return ()

    def add(conn: Connection, part: Sequence[Folder]) -> Iterable[Event]:
        store.insert(conn, account.lease.key, [{**_row(each), "notice": changes.notice} for each in part])
        return ()

    def write_all(conn: Connection) -> tuple[dict[str, StoredMailbox], Sequence[Event]]:
        events = [
            *forget(conn, changes.gone),
            *rename(conn, changes.renamed),
            *change(conn, changes.changed),
            *add(conn, changes.new),
        ]
        return store.load(conn, account.lease.key), events

    if changes.is_short:
        return await account.write(write_all)
    await _in_pieces(account, changes.gone, forget)
    await _in_pieces(account, changes.renamed, rename)
    await _in_pieces(account, changes.changed, change)
    await _in_pieces(account, changes.new, add)
    return await load_all(account)


async def _in_pieces(
    account: AccountLedger, items: Sequence[T], work: Callable[[Connection, Sequence[T]], Iterable[Event]]
) -> None:
    for at in range(0, len(items), PIECE):
        part = items[at : at + PIECE]

        def write(conn: Connection, part: Sequence[T] = part) -> tuple[None, Sequence[Event]]:
            return None, list(work(conn, part))

        await account.write(write)


def _rename(conn: Connection, account_key: int, before: StoredMailbox, listed: Folder) -> list[Event]:
    """Rename a folder: clients see one folder go and another come, but the messages and their ids stay the same."""
    store.rename(conn, account_key, before, listed.path)
    notice = "new" if before.number is None else before.notice
    store.relist(conn, {before.id: {**_row(listed), "notice": notice}})
    if before.number is None:
        return list(_farewells([before]))
    place = Place(listed.path, listed.special_use, listed.delimiter, before.number)
    return [*_farewells([before]), mailbox_new(place, before.uidvalidity or 0)]


def _row(folder: Folder | StoredMailbox) -> FolderListed:
    return {
        "path": folder.path,
        "delimiter": folder.delimiter,
        "attributes": list(folder.attributes),
        "special_use": folder.special_use,
        "object_id": folder.object_id,
    }


def _is_same(stored: Mapping[str, StoredMailbox], listed: Mapping[str, Folder]) -> bool:
    """Whether there is nothing to write, which is the case on nearly every connection."""
    return stored.keys() == listed.keys() and all(_row(each) == _row(listed[path]) for path, each in stored.items())


def _was(stored: StoredMailbox, listed: Mapping[str, Folder], path: str, name: str) -> bool:
    """Whether the stored row belongs to the folder now at `path`, and not to the one whose path is now `name`."""
    validities = [told.uidvalidity if (told := listed[each].told) else None for each in (path, name) if each in listed]
    return len(validities) == 2 and validities[0] == stored.uidvalidity != validities[1]


def _became_hollow(stored: StoredMailbox, listed: Folder) -> bool:
    was_selectable = Folder(stored.path, stored.path, attributes=stored.attributes).is_selectable
    return was_selectable and not listed.is_selectable


def _farewells(gone: Iterable[StoredMailbox]) -> Iterator[Event]:
    """Yield one event for each deleted folder that was announced, or that was there from the beginning."""
    for each in gone:
        is_selectable = Folder(each.path, each.path, attributes=each.attributes).is_selectable
        if is_selectable and each.notice != "new":
            yield mailbox_deleted(each.path, each.special_use, each.delimiter)
