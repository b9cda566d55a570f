"""What is written of a list of folders, in pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from postroom.accounts.known.sync_told import FolderError
from postroom.mail.ids import MessageId
from postroom.sync import store
from postroom.sync.account import stored_folders
from postroom.sync.account.listed_folders import Folder
from postroom.sync.account.stored_folders import PIECE, FolderSnapshot, compare, find_changes, load_all, store_list
from postroom.sync.folder.ledger import FolderLedger, FolderOpening
from postroom.sync.folder.plan import Start
from postroom.sync.store import StoredMailbox
from postroom.threads.moves import store as moves_store
from postroom.threads.moves.steps import MoveTold
from tests.fakes.imap_server import FakeImapServer
from tests.sync.live_account import LiveAccount, live_account


def stored(path: str, number: int = 1, notice: str | None = None) -> StoredMailbox:
    return StoredMailbox(number, path, "/", (), None, notice=notice)


def listed(*paths: str, most: int = 0) -> FolderSnapshot:
    return FolderSnapshot({path: Folder(path, path, "/") for path in paths}, is_cut=most > 0, most=most)


@pytest_asyncio.fixture
async def account(migrated_url: str) -> AsyncIterator[LiveAccount]:
    async with FakeImapServer() as server, live_account(migrated_url, server) as made:
        yield made


def test_a_list_that_is_cut_takes_no_folder_away_and_adds_no_more_than_there_is_room_for() -> None:
    before = {path: stored(path) for path in ("INBOX", "a", "b")}
    changes = find_changes(before, listed("INBOX", "b", "c", "d", "e", most=5), initialized=True)
    assert changes.gone == []
    assert [each.path for each in changes.new] == ["c", "d"]
    whole = find_changes(before, listed("INBOX", "b", "c"), initialized=True)
    assert ([each.path for each in whole.gone], [each.path for each in whole.new]) == (["a"], ["c"])


@pytest.mark.parametrize(
    ("before", "new", "initialized", "notice"),
    [
        ([], 1, False, None),
        ([], 1, True, "lost"),
        (["a"], 1, False, "new"),
        (["a"], 1, True, "new"),
        (["a"], PIECE + 1, False, None),
        (["a"], PIECE + 1, True, "new"),
    ],
)
def test_how_new_folders_are_announced(before: list[str], new: int, initialized: bool, notice: str | None) -> None:
    """Many of an account that was never synced as a whole are the rest of its first list."""
    known = {path: stored(path) for path in before}
    changes = find_changes(known, listed(*before, *map(str, range(new))), initialized=initialized)
    assert changes.notice == notice


def test_the_rest_of_lost_folders_is_lost_as_well() -> None:
    changes = find_changes({"a": stored("a", notice="lost")}, listed("a", "b"), initialized=True)
    assert changes.notice == "lost"


async def test_a_long_list_is_written_and_read_in_pieces(account: LiveAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_folders, "PIECE", 3)
    paths = ["INBOX", "é", *(f"Folder {number}" for number in range(10))]
    async with account.connected(begin=False) as session:
        ledger = session.engine.ledger
        assert set(await store_list(ledger, listed(*paths))) == set(paths)
        await account.set_initialized()
        assert set(await store_list(ledger, listed(*paths[:4]))) == set(paths[:4])
        assert set(await load_all(ledger)) == set(paths[:4])
    everything = await account.db.read(lambda conn: store.load(conn, account.key))
    assert set(everything) == set(paths[:4])
    assert await account.names() == ["mailboxDeleted"] * 8


async def test_the_error_of_a_folder_goes_with_the_folder(account: LiveAccount) -> None:
    async with account.connected(begin=False) as session:
        ledger = session.engine.ledger
        await store_list(ledger, listed("INBOX", "a", "b"))
        for path, left in (("b", True), ("a", False)):
            ledger.progress.error = FolderError(path, "2026-01-01T00:00:00.000Z", "EXAMINE failed")
            await store_list(ledger, listed("INBOX", "b"))
            assert (ledger.progress.error is not None) is left
            await store_list(ledger, listed("INBOX", "a", "b"))


async def test_moves_to_a_deleted_folder_are_no_moves_any_more(account: LiveAccount) -> None:
    async with account.connected(begin=False) as session:
        ledger = session.engine.ledger
        await store_list(ledger, listed("INBOX", "a"))
        folder = FolderLedger(ledger, (await load_all(ledger))["a"])
        await folder.begin(FolderOpening(Start.FIRST, 1, 1, None, 0))
        moved = [(MessageId(99, 1), MessageId(folder.place.number, 1))]
        await account.db.write(lambda conn: moves_store.put_moved(conn, account.key, moved, ledger.now()))
        await store_list(ledger, listed("INBOX"))
    steps = await account.db.read(lambda conn: moves_store.steps_from(conn, account.key, 99, [1]))
    assert steps[1].told is MoveTold.ALL


def test_folders_that_are_new_gone_and_renamed() -> None:
    found = compare({"INBOX": None, "a": "1", "b": "2", "c": None}, {"b": "2", "d": "1", "e": None})
    assert (found.new, found.gone, found.renamed) == (("e",), ("c",), (("a", "d"),))
