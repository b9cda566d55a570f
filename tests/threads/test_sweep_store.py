"""The sweep of a real index: what is removed, what stays, and what new messages find meanwhile."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from postroom.storage.tables import thread_joins, thread_names
from postroom.threads import index, store, sweep_store
from postroom.threads.names import BUCKETS, find
from postroom.threads.sweeping import KEPT_PERIODS
from tests.threads.conftest import Shelf, letter

ALL = range(BUCKETS)
COUNT = sa.select(sa.func.count()).select_from(thread_names)


async def swept(shelf: Shelf, period: int) -> list[int]:
    """Sweep all buckets, as the sync does."""
    later = await shelf.db.read(lambda conn: sweep_store.related(conn, shelf.key, ALL))
    living: set[int] = set()
    place: sweep_store.Place | None = (0, -1)
    while place is not None:
        page = partial(sweep_store.living, account_key=shelf.key, wanted=later, after=place)
        found, place = await shelf.db.read(page)
        living.update(later[thread] for thread in found)
    look = sweep_store.Sighting(living, later, period)
    stale = await shelf.db.read(lambda conn: sweep_store.stale(conn, shelf.key, ALL, look))
    for bucket in stale:
        await shelf.db.write(partial(sweep_store.write, account_key=shelf.key, bucket=bucket, look=look))
    return stale


async def known(shelf: Shelf, *names: int) -> dict[int, int]:
    return await shelf.db.read(lambda conn: store.names(conn, shelf.key, names))


async def remove(shelf: Shelf, *uids: int) -> None:
    await shelf.db.write(lambda conn: index.remove(conn, shelf.ids["INBOX"], uids) and None)


async def test_names_of_deleted_messages_go_after_six_periods(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(11), 2: letter(11, 12), 3: letter(21)})
    await shelf.add("Sent", {1: letter(11, 13)})
    assert await swept(shelf, 100) == []
    await remove(shelf, 1, 2, 3)
    assert await swept(shelf, 100) == [21]
    assert await known(shelf, 11, 12, 13, 21) == {11: 11, 12: 11, 13: 11, 21: 21}
    assert await swept(shelf, 100 + KEPT_PERIODS - 1) == []
    assert await swept(shelf, 100 + KEPT_PERIODS) == [21]
    assert await known(shelf, 11, 12, 13, 21) == {11: 11, 12: 11, 13: 11}


async def test_a_late_reply_joins_and_keeps_the_names(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(11), 2: letter(12)})
    await remove(shelf, 1, 2)
    assert await swept(shelf, 100) == [11, 12]
    assert await shelf.add("INBOX", {5: letter(11, 15)}) == {5: 11}
    # A name that is new to a bucket with dead names goes beside them.
    assert await shelf.add("INBOX", {6: letter(12 + BUCKETS)}) == {6: 12 + BUCKETS}
    assert await known(shelf, 12, 12 + BUCKETS) == {12: 12, 12 + BUCKETS: 12 + BUCKETS}
    parts = (await shelf.db.read(lambda conn: store.buckets(conn, shelf.key, [12])))[12]
    assert find([parts[0]], 12 + BUCKETS) == 12 + BUCKETS
    assert await swept(shelf, 100 + KEPT_PERIODS) == [11, 12]
    assert await known(shelf, 11, 12, 15, 12 + BUCKETS) == {11: 11, 15: 11, 12 + BUCKETS: 12 + BUCKETS}


async def test_joined_threads_live_and_go_together(shelf: Shelf) -> None:
    await shelf.add("INBOX", {1: letter(11), 2: letter(21)})
    await shelf.add("INBOX", {3: letter(11, 21, 31)})
    await remove(shelf, 1, 3)
    await swept(shelf, 100)
    assert await swept(shelf, 100 + KEPT_PERIODS) == []
    assert await known(shelf, 11, 21, 31) == {11: 11, 21: 11, 31: 11}
    await remove(shelf, 2)
    await swept(shelf, 200)
    await swept(shelf, 200 + KEPT_PERIODS)
    assert await known(shelf, 11, 21, 31) == {}
    assert await shelf.db.read(lambda conn: conn.execute(COUNT).scalar_one()) == 0
    rows = await shelf.db.read(lambda conn: conn.execute(sa.select(thread_joins)).all())
    assert rows == []


async def test_many_chunks_are_read_page_by_page(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep_store, "PAGE", 2)
    monkeypatch.setattr(sweep_store, "_CHUNKS", sweep_store._CHUNKS.limit(2))
    await shelf.add("INBOX", {uid: letter(uid) for uid in range(1, 1600, 200)})
    await shelf.add("Sent", {1: letter(5000)})
    await remove(shelf, 201)
    assert await swept(shelf, 100) == [201]


async def test_a_full_bucket_is_packed_anew(shelf: Shelf) -> None:
    letters = {uid: letter(7 + BUCKETS * uid) for uid in range(1, 401)}
    await shelf.add("INBOX", letters)
    await remove(shelf, *range(1, 301))
    assert await swept(shelf, 100) == [7]
    assert await swept(shelf, 100 + KEPT_PERIODS) == [7]
    assert await shelf.db.read(lambda conn: conn.execute(COUNT).scalar_one()) == 1
    assert len(await known(shelf, *(each.chain[0] for each in letters.values()))) == 100
    await shelf.add("INBOX", {uid: letter(7 + BUCKETS * uid) for uid in range(500, 560)})
    assert len(await known(shelf, *(7 + BUCKETS * uid for uid in range(301, 560)))) == 160
