"""What is stored of folders: rows, their numbers, pages of them, progress."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest_asyncio
import sqlalchemy as sa

from postroom.folders import numbers_store
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import mailboxes
from postroom.sync import store
from postroom.sync.folder.missing import Missing
from postroom.sync.progress import Progress
from postroom.sync.store import FolderListed, StoredMailbox
from tests.fakes.imap_server import FakeImapServer
from tests.sync.live_account import LiveAccount, live_account


@pytest_asyncio.fixture
async def account(database_url: str) -> AsyncIterator[LiveAccount]:
    async with FakeImapServer() as server, live_account(database_url, server) as made:
        yield made


def row(path: str, *attributes: str, role: str | None = None) -> FolderListed:
    return {"path": path, "delimiter": "/", "attributes": [*attributes], "special_use": role, "object_id": None}


async def added(account: LiveAccount, *rows: FolderListed) -> dict[str, StoredMailbox]:
    await account.db.write(lambda conn: store.insert(conn, account.key, rows))
    return await loaded(account)


async def loaded(account: LiveAccount) -> dict[str, StoredMailbox]:
    return await account.db.read(lambda conn: store.load(conn, account.key))


async def test_a_folder_that_was_just_listed_knows_nothing_yet(account: LiveAccount) -> None:
    found = (await added(account, row("Sent", "\\Sent", role="\\Sent")))["Sent"]
    assert found == StoredMailbox(found.id, "Sent", "/", ("\\Sent",), "\\Sent", counted=0)
    assert await added(account) == {"Sent": found}


async def test_texts_that_many_accounts_have_alike_are_kept_once(account: LiveAccount) -> None:
    first = (await added(account, row("Sent", "\\Sent", "\\HasNoChildren", role="\\Sent")))["Sent"]
    second = (await loaded(account))["Sent"]
    assert first is not second
    assert first.path is second.path
    assert first.special_use is second.special_use
    assert first.attributes is second.attributes
    assert first.missing is second.missing


async def test_pages_are_in_the_order_of_paths_and_lose_none(account: LiveAccount) -> None:
    paths = [f"f{number:02d}" for number in range(7)]
    await added(account, *(row(path) for path in reversed(paths)))
    found: list[str] = []
    after: str | None = None
    while True:
        page = await account.db.read(partial(store.load_page, account_key=account.key, after=after, limit=3))
        found += page
        if len(page) < 3:
            break
        after = next(reversed(page))
    assert found == paths


async def test_changes_of_a_folder_come_back_as_they_were_written(account: LiveAccount) -> None:
    folders = await added(account, row("a"), row("b"))
    missing = {7: Missing(7, 1, 1000, 2700), 9: Missing(9, 3, 1000, None)}
    states = {
        folders["a"].id: store.FolderState(uidvalidity=2**32 - 1, uidnext=10, missing=missing, replays=True),
        folders["b"].id: store.FolderState(uidvalidity=1, uidnext=1, missing={}, replays=False),
    }
    await account.db.write(lambda conn: store.update(conn, states, 4711))
    found = await loaded(account)
    a, b = found["a"], found["b"]
    assert (a.uidvalidity, a.uidnext, a.missing, a.replays) == (2**32 - 1, 10, missing, True)
    assert (b.uidvalidity, b.uidnext, b.missing, b.replays) == (1, 1, {}, False)
    query = sa.select(mailboxes.c.synced_at).where(mailboxes.c.account_key == account.key)
    assert await account.db.read(lambda conn: list(conn.execute(query).scalars())) == [4711, 4711]


async def test_how_folders_are_listed_changes_nothing_else(account: LiveAccount) -> None:
    folders = await added(account, row("a"))
    await account.db.write(lambda conn: store.update(conn, {folders["a"].id: {"uidnext": 5}}, 1))
    await account.db.write(lambda conn: store.relist(conn, {folders["a"].id: row("a", "\\Trash", role="\\Trash")}))
    found = (await loaded(account))["a"]
    assert (found.attributes, found.special_use, found.uidnext) == (("\\Trash",), "\\Trash", 5)


async def test_nothing_to_write_is_no_statement(account: LiveAccount) -> None:
    def nothing(conn: Connection) -> None:
        store.insert(conn, account.key, [])
        store.update(conn, {}, 1)
        store.relist(conn, {})
        store.delete(conn, [])

    await account.db.write(nothing)
    assert await loaded(account) == {}


async def test_a_renamed_folder_keeps_its_number(account: LiveAccount) -> None:
    folder = (await added(account, row("old")))["old"]

    def rename(conn: Connection) -> int:
        store.update(conn, {folder.id: {"uidvalidity": 7}}, 1)
        number = numbers_store.number(conn, account.key, "old", 7)
        store.rename(conn, account.key, store.load(conn, account.key)["old"], "new")
        return number

    number = await account.db.write(rename)
    found = await loaded(account)
    assert list(found) == ["new"]
    assert (found["new"].number, found["new"].id) == (number, folder.id)


async def test_a_name_that_had_a_number_under_the_same_uidvalidity_keeps_it(account: LiveAccount) -> None:
    folder = (await added(account, row("old")))["old"]

    def rename(conn: Connection) -> tuple[int, int]:
        store.update(conn, {folder.id: {"uidvalidity": 7}}, 1)
        numbers = numbers_store.numbers(conn, account.key, [("old", 7), ("new", 7)])
        store.rename(conn, account.key, store.load(conn, account.key)["old"], "new")
        return numbers[0], numbers[1]

    old, new = await account.db.write(rename)
    assert old != new
    assert (await loaded(account))["new"].number == new


async def test_deleted_folders_are_gone_and_others_stay(account: LiveAccount) -> None:
    folders = await added(account, row("a"), row("b"), row("c"))
    await account.db.write(lambda conn: store.delete(conn, [folders["a"].id, folders["c"].id]))
    assert list(await loaded(account)) == ["b"]


async def test_progress_and_the_first_sync_are_read_back(account: LiveAccount) -> None:
    progress = Progress(folders_done=1, folders_total=3)
    await account.db.write(lambda conn: store.note_progress(conn, account.key, progress.told()))
    assert await account.progress() == progress.told().as_row()
    assert await account.db.read(lambda conn: store.was_initialized(conn, account.key)) is False
    await account.set_initialized()
    assert await account.db.read(lambda conn: store.was_initialized(conn, account.key)) is True


async def test_one_look_shows_the_first_folders_and_whether_all_were_synced(account: LiveAccount) -> None:
    def look(conn: Connection) -> tuple[bool, dict[str, StoredMailbox]]:
        return store.look(conn, account.key, 2)

    assert await account.db.read(look) == (False, {})
    await account.set_initialized()
    assert await account.db.read(look) == (True, {})
    folders = await added(account, row("c"), row("a"), row("b"))
    initialized, page = await account.db.read(look)
    assert (initialized, list(page)) == (True, ["a", "b"])
    assert page == {path: (await loaded(account))[path] for path in ("a", "b")}
    assert folders["a"].id == page["a"].id
