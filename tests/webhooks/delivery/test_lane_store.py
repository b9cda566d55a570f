"""Lanes on both databases: claims are exclusive, leases run out, empty lanes go."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, webhook_lanes
from postroom.webhooks.delivery import lane_store
from postroom.webhooks.model import DeliveryRow, Release


def delivery(endpoint: str, lane: int, **values: Any) -> DeliveryRow:
    row = {
        "endpoint": endpoint,
        "lane": lane,
        "event_seq": 1,
        "account_key": abs(lane),
        "account": "anna",
        "type": "messageNew",
        "size": 10,
        "created_at": 1,
        "state": "pending",
    } | values
    return cast("DeliveryRow", row)


async def fill(db: Database, *lanes: tuple[str, int], now: int = 100) -> None:
    def work(conn: Connection) -> None:
        conn.execute(sa.insert(deliveries), [delivery(*lane) for lane in lanes])
        lane_store.open_lanes(conn, lanes, now)

    await db.write(work)


async def claim(db: Database, me: str, now: int, *, excluded: tuple[str, ...] = (), room: int = 10) -> Any:
    mine = lane_store.Claim(me, now, now + 1000)
    return await db.write(lambda conn: lane_store.ask_due(conn, mine, excluded, room)())


async def lanes(db: Database) -> list[Any]:
    query = sa.select(webhook_lanes).order_by(webhook_lanes.c.endpoint, webhook_lanes.c.lane)
    return [tuple(row) for row in await db.read(lambda conn: conn.execute(query).all())]


async def test_a_claimed_lane_is_nobody_elses_until_its_lease_ends(db: Database) -> None:
    await fill(db, ("global", 1), ("global", 2))
    assert sorted(await claim(db, "a", 100)) == [("global", 1), ("global", 2)]
    assert await claim(db, "b", 1099) == []
    assert len(await claim(db, "b", 1100)) == 2
    await db.write(lambda conn: lane_store.release(conn, "a", [Release("global", 1, 0)]))
    assert await lanes(db) == [("global", 1, 2100, "b"), ("global", 2, 2100, "b")]


async def test_a_lane_whose_lease_ran_out_is_left_alone_on_request(db: Database) -> None:
    await fill(db, ("global", 1))
    await claim(db, "a", 100)
    await fill(db, ("global", 2))

    def work(conn: Connection) -> Any:
        return lane_store.ask_due(conn, lane_store.Claim("b", 5000, 6000, takes_over=False), [], 10)()

    assert await db.write(work) == [("global", 2)]
    assert await claim(db, "b", 5000) == [("global", 1)]


async def test_claims_take_the_longest_due_of_wanted_endpoints(db: Database) -> None:
    await fill(db, ("a", 1), now=90)
    await fill(db, ("b", 1), now=80)
    await fill(db, ("c", 1), now=70)
    await fill(db, ("d", 1), now=200)
    assert await claim(db, "me", 100, excluded=("c",), room=1) == [("b", 1)]
    assert await claim(db, "me", 100, excluded=("c",)) == [("a", 1)]
    assert await claim(db, "me", 100, room=0) == []


async def test_renewal_prolongs_only_ones_own(db: Database) -> None:
    await fill(db, ("a", 1), ("b", 1))
    await claim(db, "me", 100, excluded=("b",))
    await claim(db, "other", 100)
    await db.write(lambda conn: lane_store.renew(conn, "me", [("a", 1), ("b", 1)], 5000))
    assert await lanes(db) == [("a", 1, 5000, "me"), ("b", 1, 1100, "other")]


async def test_a_lane_given_back_stays_while_something_is_pending(db: Database) -> None:
    await fill(db, ("a", 1), ("a", 2))
    await claim(db, "me", 100)
    done = sa.update(deliveries).where(deliveries.c.lane == 2).values(state="delivered")
    await db.write(lambda conn: conn.execute(done))
    await db.write(lambda conn: lane_store.release(conn, "me", [Release("a", 2, 300), Release("a", 1, 300)]))
    assert await lanes(db) == [("a", 1, 300, None)]
    assert await db.read(lambda conn: lane_store.next_due(conn, 100)) == 300
    assert await db.read(lambda conn: lane_store.next_due(conn, 300)) is None


async def test_opening_a_lane_again_does_not_hurry_it(db: Database) -> None:
    await fill(db, ("a", 1), now=500)
    await fill(db, ("a", 1), now=100)
    assert await lanes(db) == [("a", 1, 500, None)]


async def test_a_lane_that_is_opened_for_a_claim_is_claimed_unless_it_has_to_wait(db: Database) -> None:
    await fill(db, ("due", 1), ("others", 1), ("gone", 1))
    await claim(db, "other", 100, excluded=("due",))
    await fill(db, ("later", 1), now=5000)
    every = [("due", 1), ("gone", 1), ("later", 1), ("new", 1), ("others", 1)]

    async def opened(**fields: Any) -> None:
        mine = lane_store.Claim("me", 2000, 3000, **fields)
        await db.write(lambda conn: lane_store.open_claimed(conn, every, mine))

    await db.write(lambda conn: lane_store.renew(conn, "other", [("others", 1)], 9000))
    await opened(takes_over=False)
    claimed = ("due", 1, 3000, "me")
    held, later, new = ("others", 1, 9000, "other"), ("later", 1, 5000, None), ("new", 1, 3000, "me")
    assert await lanes(db) == [claimed, ("gone", 1, 1100, "other"), later, new, held]
    await opened()
    assert await lanes(db) == [claimed, ("gone", 1, 3000, "me"), later, new, held]


async def test_what_was_claimed_in_ones_name_and_is_not_held_is_due_again(db: Database) -> None:
    await fill(db, ("a", 1), ("a", 2))
    await claim(db, "me", 100)
    await fill(db, ("a", 3))
    await claim(db, "other", 100)
    await db.write(lambda conn: lane_store.let_go(conn, "me", [("a", 1)], 200))
    assert await lanes(db) == [("a", 1, 1100, "me"), ("a", 2, 200, None), ("a", 3, 1100, "other")]


async def test_at_a_start_every_claim_is_void(db: Database) -> None:
    await fill(db, ("a", 1), ("b", 1))
    await claim(db, "killed", 100, excluded=("b",))
    await db.write(lambda conn: lane_store.free_all(conn, 200))
    assert await lanes(db) == [("a", 1, 200, None), ("b", 1, 100, None)]
