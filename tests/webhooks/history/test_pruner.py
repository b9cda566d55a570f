"""What is old goes, what cannot be delivered any more is ended, and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.storage.tables import events, webhook_endpoints
from postroom.webhooks.delivery.routing_store import insert_deliveries
from postroom.webhooks.history import pruner
from postroom.webhooks.history.history_store import mend_lanes
from postroom.webhooks.history.pruner import Pruner, give_up, prune
from postroom.webhooks.retry import LIFETIME
from tests.webhooks.conftest import House
from tests.webhooks.delivery.test_delivery_store import queue
from tests.webhooks.delivery.test_lane_store import delivery

DAY = 86_400_000


async def add_endpoint(house: House, name: str, kind: str, failing_since: int | None) -> None:
    row = {"id": name, "kind": kind, "document": {}, "created_at": 0, "updated_at": 0, "failing_since": failing_since}
    await house.db.write(lambda conn: conn.execute(sa.insert(webhook_endpoints), row))


async def states(house: House) -> list[Any]:
    return [(row.created_at, row.state) for row in await house.rows()]


async def test_old_and_finished_goes_and_old_and_pending_is_given_up(house: House) -> None:
    rows = [(1, "delivered"), (2, "pending"), (3, "dead"), (99, "delivered"), (100, "pending")]
    await queue(house, *(delivery("global", 1, created_at=at, state=state) for at, state in rows))
    await house.db.write(lambda conn: prune(conn, 50, 1000))
    assert await states(house) == [(2, "dead"), (99, "delivered"), (100, "pending")]
    await house.db.write(lambda conn: prune(conn, 50, 1000))
    assert await states(house) == [(99, "delivered"), (100, "pending")]


async def test_it_goes_in_batches(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruner, "BATCH", 2)
    await queue(house, *(delivery("global", 1, created_at=1, state="delivered") for _ in range(5)))
    more = [await house.db.write(lambda conn: prune(conn, 50, 1000)) for _ in range(4)]
    assert more == [True, True, False, False]
    assert await states(house) == []


async def test_in_the_background_old_events_go_as_well(house: House) -> None:
    await house.add_account("anna")
    old = now_ms() - 8 * DAY
    await house.db.write(lambda conn: conn.execute(sa.update(events).values(at=old)))
    await house.announce_numbers("anna", 1)
    task = asyncio.create_task(Pruner(house.db, 7 * 86_400.0, 1000).run())
    for _ in range(500):
        if len(left := await house.rows(events)) == 1:
            break
        await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert [row.type for row in left] == ["connectError"]


async def test_events_that_met_only_a_dead_endpoint_are_given_up_after_the_schedules_time(house: House) -> None:
    now = 100 * DAY
    long_ago, lately = now - LIFETIME * 1000 - 1, now - 1000
    await add_endpoint(house, "global", "global", long_ago)
    await add_endpoint(house, "account:anna", "account", lately)
    await queue(
        house,
        delivery("global", 1, created_at=long_ago),
        delivery("global", 1, created_at=lately),
        delivery("account:anna", 1, created_at=long_ago),
    )
    assert await house.db.write(lambda conn: give_up(conn, now)) == []
    assert [state for _, state in await states(house)] == ["dead", "pending", "pending"]


async def test_an_endpoint_that_fails_for_five_days_is_switched_off_but_a_setting_is_not(house: House) -> None:
    now = 100 * DAY
    for name, kind in (("global", "global"), ("wh_1", "endpoint")):
        await add_endpoint(house, name, kind, now - 5 * DAY - 1)
    await queue(house, delivery("wh_1", 1, created_at=now))
    assert await house.db.write(lambda conn: give_up(conn, now)) == ["wh_1"]
    assert (await house.endpoint("global")).enabled
    assert not (await house.endpoint("wh_1")).enabled
    assert await states(house) == [(now, "dead")]


async def test_a_pending_delivery_without_a_lane_is_found(house: House) -> None:
    await house.db.write(lambda conn: insert_deliveries(conn, [delivery("global", 1)]))
    assert await house.db.write(lambda conn: mend_lanes(conn, 5)) == 1
    assert await house.db.write(lambda conn: mend_lanes(conn, 5)) == 0
