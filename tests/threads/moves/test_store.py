"""What is kept of messages that left, by whom and for how long."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.folders import numbers_store
from postroom.mail.ids import MessageId
from postroom.storage.schema.moves import message_moves
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.threads.entries import Entry
from postroom.threads.moves import store
from postroom.threads.moves.steps import MoveMark, MoveStep, MoveTold
from postroom.threads.moves.store import KEPT, Left
from tests.threads.conftest import Shelf

DAY = 24 * 3600 * 1000
COUNT = sa.select(sa.func.count()).select_from(message_moves)


async def left(shelf: Shelf, number: int, uid: int) -> Left | None:
    return await shelf.db.read(lambda conn: store.find(conn, shelf.key, MessageId(number, uid)))


async def named(shelf: Shelf, gone: dict[int, Entry], now: int) -> None:
    await shelf.db.write(lambda conn: store.put_names(conn, shelf.key, 1, gone, now))


async def moved(shelf: Shelf, uid: int, to: MessageId, now: int) -> None:
    def work(conn: Connection) -> None:
        assert numbers_store.lock(conn, shelf.key)
        store.put_moved(conn, shelf.key, [(MessageId(1, uid), to)], now)

    await shelf.db.write(work)


async def test_the_sync_and_a_request_tell_of_one_message_in_any_order(shelf: Shelf) -> None:
    await named(shelf, {1: Entry(-5, 7, 100), 3: Entry(0, 7, 100)}, 1)
    await moved(shelf, 1, MessageId(2, 9), 2)
    await moved(shelf, 2, MessageId(2, 10), 3)
    await named(shelf, {2: Entry(-6, 7, 200)}, 4)
    assert await left(shelf, 1, 1) == Left(-5, 100, MessageId(2, 9))
    assert await left(shelf, 1, 2) == Left(-6, 200, MessageId(2, 10))
    assert await left(shelf, 1, 3) is None
    assert await left(shelf, 2, 1) is None


async def test_it_goes_after_thirty_days_and_with_the_account(shelf: Shelf) -> None:
    await named(shelf, {1: Entry(5, 7, 100)}, 1000)
    await named(shelf, {2: Entry(6, 7, 100)}, 1000 + 30 * DAY)
    assert await left(shelf, 1, 1) is not None
    await named(shelf, {3: Entry(6, 7, 100)}, 1001 + 30 * DAY)
    assert await left(shelf, 1, 1) is None
    assert await left(shelf, 1, 2) is not None
    await shelf.db.write(lambda conn: conn.execute(sa.delete(accounts)) and None)
    assert await shelf.db.read(lambda conn: conn.execute(COUNT).scalar_one()) == 0


async def test_an_account_keeps_the_newest(shelf: Shelf) -> None:
    await named(shelf, {uid: Entry(5, 7, 100) for uid in (1, 2)}, 1000)
    await named(shelf, {uid: Entry(5, 7, 100) for uid in range(10, KEPT + 9)}, 2000)
    assert await shelf.db.read(lambda conn: conn.execute(COUNT).scalar_one()) == KEPT + 1
    await named(shelf, {5: Entry(5, 7, 100)}, 3000)
    assert await shelf.db.read(lambda conn: conn.execute(COUNT).scalar_one()) == KEPT + 2
    await named(shelf, {127 * 400: Entry(5, 7, 100)}, 4000)
    assert await shelf.db.read(lambda conn: conn.execute(COUNT).scalar_one()) == KEPT + 1
    assert await left(shelf, 1, 1) is None
    assert await left(shelf, 1, 10) is not None


async def test_steps_are_found_from_both_ends_with_what_was_told(shelf: Shelf) -> None:
    one, two, far = MessageId(1, 1), MessageId(1, 2), MessageId(1, 9)
    for uid in (1, 2, 9):
        await moved(shelf, uid, MessageId(2, uid + 10), 5)
    await named(shelf, {3: Entry(7, 7, 100)}, 5)
    marks = {two: MoveMark(MoveTold.LEFT, frozenset({"\\Seen"})), MessageId(1, 3): MoveMark(MoveTold.HELD)}
    await shelf.db.write(lambda conn: store.mark(conn, shelf.key, marks))

    def look(conn: Connection) -> None:
        none = frozenset[str]()
        untold = MoveStep(one, MessageId(2, 11), MoveTold.NOTHING, none)
        told = MoveStep(two, MessageId(2, 12), MoveTold.LEFT, frozenset({"\\Seen"}))
        # A message whose way is not known is no step.
        assert store.steps_from(conn, shelf.key, 1, [1, 2, 3]) == {1: untold, 2: told}
        assert store.steps_to(conn, shelf.key, 2, {11, 19}) == {
            11: untold,
            19: MoveStep(far, MessageId(2, 19), MoveTold.NOTHING, none),
        }
        assert store.steps_to(conn, shelf.key, 2, ()) == {}
        assert store.awaiting(conn, shelf.key) == {2}
        assert store.expected_at(conn, shelf.key, 2) == [told]
        assert store.held(conn, shelf.key) == [MessageId(1, 3)]

    await shelf.db.read(look)
    await shelf.db.write(lambda conn: store.forget_told(conn, shelf.key))

    def forgotten(conn: Connection) -> None:
        assert {step.told for step in store.steps_from(conn, shelf.key, 1, [1, 2, 9]).values()} == {MoveTold.ALL}
        assert (store.awaiting(conn, shelf.key), store.held(conn, shelf.key)) == (frozenset(), [])

    await shelf.db.read(forgotten)


async def test_moves_of_the_last_day_stay_however_many_there_are(shelf: Shelf) -> None:
    await moved(shelf, 1, MessageId(2, 9), 1000)
    await named(shelf, {uid: Entry(5, 7, 100) for uid in range(10, KEPT + 10)}, 2000)
    assert await left(shelf, 1, 1) is not None
    await named(shelf, {uid: Entry(5, 7, 100) for uid in range(10, KEPT + 10)}, 1001 + DAY)
    assert await left(shelf, 1, 1) is None
