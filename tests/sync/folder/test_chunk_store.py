"""Chunks of messages in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

import pytest_asyncio

from postroom.imap.sets import UidSet
from postroom.sync import store
from postroom.sync.folder import chunk_store
from postroom.sync.folder.chunks import CHUNK_SIZE, Chunk, chunk_of
from postroom.sync.store import FolderListed
from tests.fakes.imap_server import FakeImapServer
from tests.sync.live_account import LiveAccount, live_account

SEEN = frozenset({"\\Seen"})


@pytest_asyncio.fixture
async def account(migrated_url: str) -> AsyncIterator[LiveAccount]:
    async with FakeImapServer() as server, live_account(migrated_url, server) as made:
        yield made


async def add_folder(account: LiveAccount, path: str) -> int:
    row: FolderListed = {"path": path, "delimiter": "/", "attributes": [], "special_use": None, "object_id": None}
    await account.db.write(lambda conn: store.insert(conn, account.key, [row]))
    return (await account.db.read(lambda conn: store.load(conn, account.key)))[path].id


async def test_chunks_are_kept_counted_replaced_and_removed(account: LiveAccount) -> None:
    folder = await add_folder(account, "a")
    first, second = chunk_of({1: SEEN, 2: frozenset()}), chunk_of({CHUNK_SIZE + 5: SEEN})
    await account.db.write(lambda conn: chunk_store.save(conn, folder, {0: first, 1: second}))
    assert await account.db.read(lambda conn: chunk_store.load(conn, folder, [0, 1, 7])) == {
        0: first,
        1: second,
        7: Chunk(),
    }
    assert await account.db.read(lambda conn: chunk_store.uids(conn, folder, [0, 1])) == UidSet([(1, 2), (8197, 8197)])
    assert (await account.db.read(lambda conn: store.load(conn, account.key)))["a"].counted == 3
    await account.db.write(lambda conn: chunk_store.save(conn, folder, {0: chunk_of({2: SEEN}), 1: Chunk()}))
    assert await account.db.read(lambda conn: chunk_store.numbers(conn, folder)) == [0]
    assert (await account.db.read(lambda conn: store.load(conn, account.key)))["a"].counted == 1


async def test_the_chunks_go_with_their_folder_and_no_others(account: LiveAccount) -> None:
    one, two = await add_folder(account, "a"), await add_folder(account, "b")
    for folder in (one, two):
        await account.db.write(partial(chunk_store.save, mailbox_id=folder, chunks={0: chunk_of({1: SEEN})}))
    await account.db.write(lambda conn: store.delete(conn, [one]))
    assert await account.db.read(lambda conn: chunk_store.numbers(conn, one)) == []
    assert await account.db.read(lambda conn: chunk_store.numbers(conn, two)) == [0]
    await account.db.write(lambda conn: store.wipe(conn, account.key))
    assert await account.db.read(lambda conn: chunk_store.numbers(conn, two)) == []
