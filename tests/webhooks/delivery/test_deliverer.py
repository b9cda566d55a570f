"""The loop of delivery: what it finishes at its end, what it gives back, and what a former process left behind."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.storage.tables import deliveries, webhook_endpoints, webhook_lanes
from postroom.webhooks.delivery import deliverer
from postroom.webhooks.delivery.courier import Courier
from tests.fakes.webhook_receiver import Exchange, WebhookReceiver, hang, respond
from tests.webhooks.conftest import House

LONG_MS = 3_600_000


async def lanes(house: House) -> list[Any]:
    return await house.rows(webhook_lanes)


async def test_what_is_in_flight_at_the_end_is_finished_and_handed_in(
    posting: House, receiver: WebhookReceiver
) -> None:
    let_go = asyncio.Event()

    async def wait_then_accept(exchange: Exchange) -> None:
        await let_go.wait()
        await respond(200)(exchange)

    receiver.answer_with(wait_then_accept)
    async with posting.delivering(shutdown_timeout=60.0) as task:
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for()
        task.cancel()
        await asyncio.sleep(0)
        let_go.set()
    assert await posting.states() == ["delivered"]


async def test_what_takes_too_long_at_the_end_waits_for_the_next_process(
    posting: House, receiver: WebhookReceiver
) -> None:
    receiver.answer_with(hang())
    async with posting.delivering(shutdown_timeout=0.1):
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for()
    assert await posting.states() == ["pending"]
    assert [lane.claimed_by for lane in await lanes(posting)] == [None]


async def test_what_a_process_that_was_killed_held_is_due_at_once_on_sqlite_alone(
    posting: House, receiver: WebhookReceiver
) -> None:
    receiver.answer_with(hang())
    async with posting.delivering(shutdown_timeout=0.1):
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for()
    held = sa.update(webhook_lanes).values(claimed_by="node/killed", next_at=now_ms() + LONG_MS)
    await posting.db.write(lambda conn: conn.execute(held) and None)
    receiver.answer_with(respond(200))
    # On PostgreSQL the other process may live: its lease has to run out first.
    first = "delivered" if posting.db.dialect == "sqlite" else "pending"
    async with posting.delivering():
        await posting.announce_numbers("bert", 2)
        await posting.wait_for_states(first, "delivered")


async def test_a_fault_of_ours_leaves_the_lane_alone_for_a_while(
    posting: House, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()

    async def fail(_courier: Courier, _lane: object) -> int | None:
        failed.set()
        raise RuntimeError("a fault")

    monkeypatch.setattr(Courier, "carry", fail)
    before = now_ms()
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await asyncio.wait_for(failed.wait(), 30)
    (lane,) = await lanes(posting)
    assert lane.claimed_by is None
    assert lane.next_at >= before + 30_000
    assert receiver.requests == []
    assert await posting.states() == ["pending"]


async def test_a_pause_that_has_ended_with_nothing_to_send_keeps_nobody_busy(
    posting: House, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answer_with(respond(500))
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for()
    await posting.db.write(lambda conn: conn.execute(sa.update(deliveries).values(state="dropped")) and None)
    await posting.db.write(lambda conn: conn.execute(sa.update(webhook_endpoints).values(paused_until=1)) and None)
    exchanges = 0

    def counted(*arguments: Any) -> Any:
        nonlocal exchanges
        exchanges += 1
        return exchange(*arguments)

    exchange = deliverer.exchange  # type: ignore[attr-defined]
    monkeypatch.setattr(deliverer, "exchange", counted)
    async with posting.delivering():
        await asyncio.sleep(1.0)
    assert 1 <= exchanges < 50
