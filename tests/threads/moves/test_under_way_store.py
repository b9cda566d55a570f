"""Moves that have begun: how long each counts."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.tables import accounts
from postroom.threads.moves import under_way_store
from postroom.threads.moves.under_way_store import UnderWay
from tests.threads.conftest import Shelf


async def found(shelf: Shelf, now: int) -> list[str]:
    return [each.id for each in await shelf.db.read(lambda conn: under_way_store.under_way(conn, shelf.key, now))]


async def begin(shelf: Shelf, id_: str, until: int, now: int) -> None:
    move = UnderWay(id_, 1, "Büro", until)
    await shelf.db.write(lambda conn: under_way_store.begin(conn, shelf.key, move, now))


async def test_a_move_counts_until_it_ends_or_its_time_is_over(shelf: Shelf) -> None:
    await begin(shelf, "a", until=100, now=0)
    await begin(shelf, "b", until=200, now=0)
    assert sorted(await found(shelf, 99)) == ["a", "b"]
    assert await found(shelf, 100) == ["b"]
    await shelf.db.write(lambda conn: under_way_store.end(conn, shelf.key, "b"))
    assert await found(shelf, 0) == ["a"]
    # What a crash left behind goes with the next move.
    await begin(shelf, "c", until=300, now=150)
    assert await found(shelf, 0) == ["c"]
    await shelf.db.write(lambda conn: conn.execute(sa.delete(accounts)) and None)
    assert await found(shelf, 0) == []
