"""Deliveries on both databases: what is loaded of a lane, and what is saved."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, webhook_lanes
from postroom.webhooks.delivery import delivery_store, lane_store
from postroom.webhooks.delivery.routing_store import insert_deliveries
from postroom.webhooks.endpoints.endpoint_store import FactsOfAccounts
from postroom.webhooks.model import DeliveryRow, Lane, Release, Result, SendingState
from tests.fakes.databases import opened
from tests.fakes.watched import watched
from tests.webhooks.conftest import House
from tests.webhooks.delivery.test_lane_store import delivery


async def load(house: House, *keys: tuple[str, int]) -> tuple[list[Lane], list[Release]]:
    """Load lanes after they were claimed."""

    def work(conn: Connection) -> tuple[list[Lane], list[Release]]:
        conn.execute(sa.update(webhook_lanes).values(claimed_by="me"))
        return delivery_store.load(conn, "me", keys, (), FactsOfAccounts(conn), 1000)

    return await house.db.write(work)


async def queue(house: House, *rows: DeliveryRow) -> None:
    def work(conn: Connection) -> None:
        insert_deliveries(conn, list(rows))
        lane_store.open_lanes(conn, {(row["endpoint"], row["lane"]) for row in rows}, 100)

    await house.db.write(work)


async def test_the_first_of_each_lane_come_with_their_events(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    key = await house.add_account("anna")
    await house.announce_numbers("anna", 1, 2)
    rows = [delivery("global", key, event_seq=seq, account_key=key) for seq in (2, 3, 3, 99)]
    await queue(house, *rows, delivery("global", -7, event_seq=2, account_key=key))
    loaded, empty = await load(house, ("global", -7), ("global", key), ("global", 555))
    assert [(lane.lane, [each.event_seq for each in lane.deliveries]) for lane in loaded] == [
        (-7, [2]),
        (key, [2, 3, 3, 99]),
    ]
    assert empty == [Release("global", 555, 1000)]
    assert [each.payload is None for each in loaded[1].deliveries] == [False, False, False, True]
    assert loaded[1].deliveries[0].event_id
    assert loaded[1].account is not None
    assert loaded[1].account.account == "anna"


async def test_no_more_than_a_bounded_number_and_size_is_taken(house: House) -> None:
    key = await house.add_account("anna")
    await queue(house, *(delivery("global", key, account_key=key) for _ in range(70)))
    await queue(house, *(delivery("global", -9, account_key=key, size=200_000) for _ in range(5)))
    loaded, _ = await load(house, ("global", key), ("global", -9))
    assert [len(lane.deliveries) for lane in loaded] == [delivery_store.DELIVERIES_PER_LANE, 2]
    ids = [each.id for each in loaded[0].deliveries]
    assert ids == sorted(ids)
    assert [lane.is_whole for lane in loaded] == [False, False]
    (alone,), _ = await load(house, ("global", key))
    assert ([each.id for each in alone.deliveries], alone.is_whole) == (ids, False)


async def test_no_other_lane_is_read(sqlite_url: str) -> None:
    """Neither of other accounts, of which there may be a million, nor what was delivered before."""
    async with opened(sqlite_url) as db:

        def work(conn: Connection) -> list[str]:
            seen: list[tuple[str, Any]] = []
            keys = [("global", 1), ("global", 2), ("other", 3)]
            with watched(conn, lambda statement, arguments: seen.append((statement, tuple(arguments)))):
                for count in (1, 3):
                    delivery_store.load(conn, "me", keys[:count], (), FactsOfAccounts(conn), 1000)
                    delivery_store.load(conn, "me", (), keys[:count], FactsOfAccounts(conn), 1000)
            explained = (
                row.detail
                for statement, arguments in seen
                if "FROM deliveries" in statement
                for row in conn.library.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", arguments)
            )
            return [each for each in explained if "deliveries" in each or "webhook_lanes" in each or "other" in each]

        plan = await db.write(work)
    assert len(plan) > 8
    assert [each for each in plan if "SCAN" in each or "AUTOMATIC" in each] == []


async def test_an_opened_lane_that_is_anothers_is_left_out(house: House) -> None:
    await queue(house, *(delivery("global", lane, account_key=7) for lane in (1, 2)))

    def work(conn: Connection) -> list[tuple[list[int], list[Release]]]:
        of_two = sa.case((webhook_lanes.c.lane == 1, "me"), else_="other")
        conn.execute(sa.update(webhook_lanes).values(claimed_by=of_two))
        return [left_of(conn, *opened) for opened in ((1,), (2,), (1, 2))]

    def left_of(conn: Connection, *opened: int) -> tuple[list[int], list[Release]]:
        keys = [("global", lane) for lane in opened]
        loaded, empty = delivery_store.load(conn, "me", (), keys, FactsOfAccounts(conn), 1000)
        return [each.lane for each in loaded], empty

    for _ in range(2):
        assert await house.db.write(work) == [([1], []), ([], []), ([1], [])]


async def test_a_lane_that_was_loaded_whole_says_so(house: House) -> None:
    await queue(house, *(delivery("global", lane, account_key=7) for lane in (1, 1, 2)))
    loaded, _ = await load(house, ("global", 1), ("global", 2))
    (alone,), _ = await load(house, ("global", 1))
    assert [(len(lane.deliveries), lane.is_whole) for lane in (*loaded, alone)] == [(2, True), (1, True), (2, True)]


async def test_one_load_of_a_lane_is_of_one_account(house: House) -> None:
    """An account that was made again under its id shares the lane of its former self, but not its settings."""
    rows = [delivery("global", 1, account_key=key) for key in (7, 7, 8, 7)]
    await queue(house, *rows)
    loaded, _ = await load(house, ("global", 1))
    assert [each.account_key for each in loaded[0].deliveries] == [7, 7]
    assert not loaded[0].is_whole


async def test_lanes_follow_the_accounts_url(house: House) -> None:
    key = await house.add_account("anna", webhooks="https://own.example")
    await queue(house, delivery("global", key, account_key=key), delivery("wh_x", key, account_key=key))
    loaded, empty = await load(house, ("global", key), ("wh_x", key))
    assert [lane.endpoint for lane in loaded] == ["wh_x"]
    assert empty == [Release("global", key, 1000)]
    assert [row.endpoint for row in await house.rows()] == ["account:anna", "wh_x"]
    assert ("account:anna", key) in [(row.endpoint, row.lane) for row in await house.rows(webhook_lanes)]


async def test_results_are_saved_for_what_is_still_pending(house: House) -> None:
    await queue(house, delivery("global", 1), delivery("global", 1), delivery("global", 1, state="dropped"))
    first, second, third = [row.id for row in await house.rows()]
    results = [
        Result(first, "global", 1, SendingState.DELIVERED, 1, 0, 150, 160, 204),
        Result(second, "global", -second, SendingState.PENDING, 2, 1, 150, error="HTTP500: no", opens_at=900, left=1),
        Result(third, "global", 1, SendingState.DELIVERED, 1, 0, 150, 160, 200),
    ]
    await house.db.write(lambda conn: delivery_store.save(conn, results))
    rows = await house.rows()
    assert [(row.state, row.attempts, row.step, row.last_status) for row in rows] == [
        ("delivered", 1, 0, 204),
        ("pending", 2, 1, None),
        ("dropped", 0, 0, None),
    ]
    assert rows[1].last_error == "HTTP500: no"
    assert [(row.lane, row.next_at) for row in await house.rows(webhook_lanes)] == [(-second, 900), (1, 100)]


async def test_an_answer_to_a_request_of_another_lane_settles_nothing(house: House) -> None:
    await queue(house, delivery("global", -7))
    (row,) = await house.rows()
    results = [
        Result(row.id, "global", 1, SendingState.DELIVERED, 1, 0, 150, 160, 204),
        Result(row.id, "global", -row.id, SendingState.PENDING, 2, 1, 150, opens_at=900, left=1),
    ]
    await house.db.write(lambda conn: delivery_store.save(conn, results))
    (after,) = await house.rows()
    assert (after.state, after.lane, after.attempts) == ("pending", -7, 0)


async def test_the_pending_index_is_used_on_sqlite(sqlite_url: str) -> None:
    query = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.endpoint == "global", deliveries.c.lane == 1, deliveries.c.state == "pending")
        .order_by(deliveries.c.id)
        .limit(1)
        .compile(compile_kwargs={"literal_binds": True})
    )
    async with opened(sqlite_url) as db:
        plan = await db.read(lambda conn: str(conn.library.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()))
    assert "ix_deliveries_pending" in plan
