"""What the index is known to have."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.tables import mailboxes
from postroom.threads import coverage_store
from postroom.threads.coverage_store import Covered
from tests.threads.conftest import Shelf


async def put(shelf: Shelf, path: str, **values: object) -> None:
    change = sa.update(mailboxes).where(mailboxes.c.path == path).values(**values)
    await shelf.db.write(lambda conn: conn.execute(change) and None)


async def covered(shelf: Shelf, validity: int = 7) -> Covered | None:
    return await shelf.db.read(lambda conn: coverage_store.find(conn, shelf.key, "INBOX", validity))


async def all_of(shelf: Shelf, key: int | None = None) -> bool:
    return await shelf.db.read(lambda conn: coverage_store.covers_all(conn, key or shelf.key))


async def test_a_folder_is_indexed_not_at_all_in_part_or_whole(shelf: Shelf) -> None:
    assert await covered(shelf) is None
    await put(shelf, "INBOX", uidnext=11, indexed=5)
    assert await covered(shelf) == Covered(shelf.ids["INBOX"], 5, is_whole=False)
    assert await covered(shelf, 8) is None
    await put(shelf, "INBOX", indexed=10)
    assert await covered(shelf) == Covered(shelf.ids["INBOX"], 10, is_whole=True)


async def test_an_account_is_covered_when_every_folder_that_can_be_opened_is(shelf: Shelf) -> None:
    await put(shelf, "INBOX", uidnext=11, indexed=10)
    assert not await all_of(shelf)
    await put(shelf, "Sent", attributes=["\\Noselect"])
    assert await all_of(shelf)
    await put(shelf, "Sent", attributes=[], uidnext=4, indexed=2)
    assert not await all_of(shelf)
    await put(shelf, "Sent", indexed=3)
    assert await all_of(shelf)
    assert not await all_of(shelf, shelf.key + 1)
