"""The lanes of sending on both engines: claims, leases, pauses and releases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from postroom.storage.database import Database
from postroom.storage.schema.sending import sending_lanes, submissions
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.delivery import lane_store
from postroom.submission.delivery.lane_store import LaneChange
from postroom.submission.delivery.rules.budgets import NOTHING_SENT
from tests.submission.delivery.sendings import PostHouse

T = TypeVar("T")
ME, OTHER = "one/1", "two/2"


async def run(db: Database, work: Callable[[Connection], T]) -> T:
    return await db.write(work)


async def claim(house: PostHouse, me: str = ME, now: int = 1000, until: int = 2000, **more: Any) -> list[str]:
    """The accounts of the lanes that a process gets."""
    claimed = await house.db.write(lambda conn: lane_store.claim(conn, me, now, until, more.pop("room", 10), **more))
    return [lane.account for lane in claimed]


async def set_lane(house: PostHouse, **values: Any) -> None:
    await house.db.write(lambda conn: conn.execute(sa.update(sending_lanes).values(values)) and None)


async def key_of(house: PostHouse) -> int:
    return int((await house.lane()).account_key)


@pytest.fixture
async def due(house: PostHouse) -> PostHouse:
    """A house with one message that is due at 500."""
    await house.add_account()
    await house.submit()
    await house.db.write(lambda conn: conn.execute(sa.update(submissions).values(next_at=500)) and None)
    await set_lane(house, next_at=500)
    return house


async def test_a_due_lane_is_claimed_once(due: PostHouse) -> None:
    assert await claim(due, now=499) == []
    assert await claim(due) == ["ann"]
    assert await claim(due, OTHER) == []
    lane = await due.lane()
    assert (lane.claimed_by, lane.next_at) == (ME, 2000)


async def test_a_lane_is_taken_over_when_its_lease_has_ended(due: PostHouse) -> None:
    await claim(due)
    assert await claim(due, OTHER, now=2000, until=3000, takes_over=False) == []
    assert await claim(due, OTHER, now=1999, until=3000) == []
    assert await claim(due, OTHER, now=2000, until=3000) == ["ann"]


async def test_a_process_does_not_claim_what_it_holds(due: PostHouse) -> None:
    await claim(due)
    assert await claim(due, now=2000, until=3000, held=[await key_of(due)]) == []


async def test_there_may_be_no_room(due: PostHouse) -> None:
    assert await claim(due, room=0) == []


async def test_no_lane_is_claimed_while_all_sending_is_paused(due: PostHouse) -> None:
    assert await claim(due, sends=False) == []
    await claim(due)
    # That of a dead process is claimed all the same, so that the state of its messages is true.
    assert await claim(due, OTHER, now=2000, sends=False) == ["ann"]


async def test_paused_and_stopped_accounts_are_left_alone(due: PostHouse) -> None:
    await set_lane(due, paused=True)
    assert await claim(due) == []
    await set_lane(due, paused=False)
    await due.db.write(lambda conn: conn.execute(sa.update(accounts).values(wanted="stopped")) and None)
    assert await claim(due) == []


async def test_an_account_that_must_wait_is_claimed_at_the_end_of_its_pause(due: PostHouse) -> None:
    await set_lane(due, held_until=900, held_for="too fast")
    assert await claim(due, now=899) == []
    assert await due.db.read(lambda conn: lane_store.next_due(conn, 899)) == 900
    assert await claim(due, now=900) == ["ann"]
    assert (await due.lane()).held_for is None


async def test_the_next_due_lane_is_known(due: PostHouse) -> None:
    assert await due.db.read(lambda conn: lane_store.next_due(conn, 499)) == 500
    assert await due.db.read(lambda conn: lane_store.next_due(conn, 500)) is None


async def test_held_lanes_say_whether_their_account_may_send(due: PostHouse) -> None:
    key = await key_of(due)
    assert await run(due.db, lambda conn: lane_store.hold(conn, ME, [key])) == {}
    await claim(due)
    assert await run(due.db, lambda conn: lane_store.hold(conn, ME, [key])) == {key: True}
    assert await run(due.db, lambda conn: lane_store.hold(conn, OTHER, [key])) == {}
    assert await run(due.db, lambda conn: lane_store.hold(conn, ME, [key, key + 1])) == {key: True}
    await set_lane(due, paused=True)
    assert await run(due.db, lambda conn: lane_store.hold(conn, ME, [key])) == {key: False}


async def test_a_lease_is_renewed_only_by_its_holder(due: PostHouse) -> None:
    await claim(due)
    key = await key_of(due)
    assert await run(due.db, lambda conn: lane_store.renew(conn, OTHER, [key], 5000)) == set()
    assert await run(due.db, lambda conn: lane_store.renew(conn, ME, [key], 5000)) == {key}
    assert (await due.lane()).next_at == 5000
    assert await run(due.db, lambda conn: lane_store.renew(conn, ME, [], 6000)) == set()


async def test_what_is_known_of_a_lane_is_kept(due: PostHouse) -> None:
    await claim(due)
    key, used = await key_of(due), NOTHING_SENT.plus(2, 1000)
    full = LaneChange(key, 3, 9000, "too fast", used.as_row(), {"status": "error"})
    await run(due.db, lambda conn: lane_store.change(conn, OTHER, [full], 4000))
    assert (await due.lane()).failures == 0
    await run(due.db, lambda conn: lane_store.change(conn, ME, [full], 4000))
    await run(due.db, lambda conn: lane_store.change(conn, ME, [LaneChange(key)], 5000))
    lane = await due.lane()
    assert (lane.failures, lane.held_until, lane.held_for, lane.next_at) == (0, None, None, 5000)
    assert (lane.used, lane.last) == (used.as_row(), {"status": "error"})
    await set_lane(due, next_at=0)
    [again] = await run(due.db, lambda conn: lane_store.claim(conn, OTHER, 1, 2, 1))
    assert again.used == used


async def test_a_released_lane_is_due_with_its_next_message(due: PostHouse) -> None:
    await claim(due)
    key = await key_of(due)
    assert await run(due.db, lambda conn: lane_store.release(conn, ME, [key])) == {key: 500}
    lane = await due.lane()
    assert (lane.claimed_by, lane.next_at) == (None, 500)


async def test_an_empty_lane_is_due_when_something_comes(due: PostHouse) -> None:
    await claim(due)
    await due.db.write(lambda conn: conn.execute(sa.update(submissions).values(state="sent")) and None)
    await run(due.db, lambda conn: lane_store.release(conn, ME, [due_key(conn)]))
    assert (await due.lane()).next_at is None
    await due.submit(send_at=2**45)
    assert (await due.lane()).next_at == 2**45


def due_key(conn: Connection) -> int:
    return int(conn.execute(sa.select(sending_lanes.c.account_key)).scalar_one())


async def test_a_lost_claim_is_given_back(due: PostHouse) -> None:
    await claim(due)
    key = await key_of(due)
    await run(due.db, lambda conn: lane_store.let_go(conn, ME, [key], 1500))
    assert (await due.lane()).claimed_by == ME
    await run(due.db, lambda conn: lane_store.let_go(conn, ME, [], 1500))
    lane = await due.lane()
    assert (lane.claimed_by, lane.next_at) == (None, 1500)


async def test_all_lanes_are_freed_for_the_only_process(due: PostHouse) -> None:
    await claim(due)
    await run(due.db, lambda conn: lane_store.free_all(conn, 1200))
    lane = await due.lane()
    assert (lane.claimed_by, lane.next_at) == (None, 1200)


def test_the_query_for_the_next_message_uses_its_index(migrated_sqlite_url: str) -> None:
    query = lane_store._NEXT_MESSAGE.params(keys=[1, 2]).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    with sa.create_engine(migrated_sqlite_url).connect() as conn:
        assert "ix_submissions_due" in str(conn.execute(sa.text(f"EXPLAIN QUERY PLAN {query}")).all())
