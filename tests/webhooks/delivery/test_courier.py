"""What a courier does with the deliveries of a lane, against a real receiver."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa
from prometheus_client import generate_latest

from postroom.clock import now_ms
from postroom.events.log import TOPIC
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, webhook_lanes
from postroom.webhooks.delivery.exchange import EndpointDirectory, Order, exchange
from postroom.webhooks.delivery.lane_store import open_lanes
from postroom.webhooks.history.history_store import requeue
from postroom.webhooks.model import GLOBAL
from tests.fakes.webhook_receiver import Answer, Exchange, WebhookReceiver, respond, retry_after
from tests.webhooks.conftest import House, message, number_of

HOUR_MS = 3_600_000


async def test_what_is_counted(posting: House, receiver: WebhookReceiver, quick_retries: None) -> None:
    receiver.next_answers(respond(500))
    async with posting.delivering():
        await posting.announce("anna", [message()])
        await posting.wait_for_states("delivered")
    told = generate_latest(posting.figures.registry()).decode().splitlines()
    assert 'postroom_events_total{type="messageNew"} 1.0' in told
    assert 'postroom_webhook_deliveries_total{result="retry"} 1.0' in told
    assert 'postroom_webhook_deliveries_total{result="delivered"} 1.0' in told
    assert "postroom_webhook_request_duration_seconds_count 2.0" in told
    assert "postroom_webhook_delivery_delay_seconds_count 1.0" in told


async def test_a_poison_event_that_stepped_aside_keeps_its_schedule(posting: House, receiver: WebhookReceiver) -> None:
    await step_aside(posting, 1)
    others_passed = asyncio.Event()
    receiver.answer_with(refusing(1, until=others_passed))
    async with posting.delivering(webhook_timeout=60.0):
        await receiver.wait_for(lambda each: number_of(each) == 1)
        # The receiver takes another event while it has the refused one.
        await posting.announce_numbers("anna", 2)
        await posting.wait_for_states("pending", "delivered")
        others_passed.set()
        delivery, lane = await refused_alone(posting, attempts=4)
        await posting.announce_numbers("anna", 3, 4)
        await posting.wait_for_states("pending", *["delivered"] * 3)
    assert (lane.lane, delivery.attempts, delivery.step) == (-delivery.id, 4, 4)
    assert lane.next_at - delivery.attempted_at > HOUR_MS
    assert [attempt_of(each) for each in receiver.requests if number_of(each) == 1] == [4]


async def test_events_that_stepped_aside_do_not_pause_their_endpoint(posting: House, receiver: WebhookReceiver) -> None:
    await step_aside(posting, 1, 2)
    receiver.answer_with(respond(500))
    async with posting.delivering():
        await refused_alone(posting, attempts=4)
        await refused_alone(posting, attempts=4, which=1)
        endpoint = await posting.endpoint()
        receiver.answer_with(respond())
        await posting.announce_numbers("anna", 3)
        await posting.wait_for_states("pending", "pending", "delivered")
    assert (endpoint.paused_until, endpoint.failing_since) == (None, None)
    assert endpoint.last_error["statusCode"] == 500
    assert len(receiver.requests) == 3


async def test_an_event_aside_that_is_asked_to_wait_pauses_the_endpoint_and_keeps_its_schedule(
    posting: House, receiver: WebhookReceiver
) -> None:
    await step_aside(posting, 1)
    receiver.next_answers(retry_after(1, 429))
    async with posting.delivering():
        delivery, lane = await refused_alone(posting, attempts=4)
        paused_until = (await posting.endpoint()).paused_until
        await posting.announce_numbers("anna", 2)
        await posting.wait_for_states("pending", "delivered")
    assert paused_until >= delivery.attempted_at + 1000
    assert lane.next_at - delivery.attempted_at > HOUR_MS
    assert [number_of(each) for each in receiver.requests] == [1, 2]


async def test_an_event_aside_does_not_test_whether_its_endpoint_is_back(
    posting: House, receiver: WebhookReceiver
) -> None:
    await step_aside(posting, 1)
    await receiver.stop()
    async with posting.delivering():
        async with asyncio.timeout(60):
            while (failed := await posting.endpoint()) is None or failed.paused_until is None:
                await asyncio.sleep(0.01)
        delivery, lane = await aside(posting)
    assert lane.next_at - delivery.attempted_at > HOUR_MS


async def test_an_event_aside_comes_to_its_end_also_when_its_endpoint_was_away(
    posting: House, receiver: WebhookReceiver, quick_retries: None
) -> None:
    """One connection that failed pauses the endpoint; the refusals after it are still those of the event."""
    await step_aside(posting, 1)
    await receiver.stop()
    receiver.answer_with(respond(500))
    async with posting.delivering():
        async with asyncio.timeout(60):
            while (failed := await posting.endpoint()) is None or failed.paused_until is None:
                await asyncio.sleep(0.01)
        await receiver.start()
        await posting.wait_for_states("dead")
    assert len(receiver.requests) == 6


async def test_an_event_aside_keeps_its_schedule_after_a_restart(posting: House, receiver: WebhookReceiver) -> None:
    await step_aside(posting, 1)
    receiver.answer_with(respond(500))
    async with posting.delivering():
        await refused_alone(posting, attempts=4)
    async with House(posting.db).delivering():
        receiver.answer_with(refusing(1))
        await posting.announce_numbers("anna", 2, 3)
        await posting.wait_for_states("pending", "delivered", "delivered")
        delivery, lane = await aside(posting)
    assert (delivery.attempts, lane.claimed_by) == (4, None)
    assert lane.next_at - delivery.attempted_at > HOUR_MS


async def test_a_delivery_aside_that_is_sent_again_does_not_wait_for_its_old_lane(
    posting: House, receiver: WebhookReceiver, quick_retries: None
) -> None:
    await step_aside(posting, 1, due=now_ms() + 24 * HOUR_MS)
    others_passed = asyncio.Event()
    receiver.answer_with(refusing(1, until=others_passed))
    async with posting.delivering(webhook_timeout=60.0):
        delivery = (await posting.rows())[0].id
        await posting.db.write(lambda conn: requeue(conn, GLOBAL, delivery, now_ms(), TOPIC))
        await receiver.wait_for(lambda each: number_of(each) == 1)
        await posting.announce_numbers("anna", 2)
        await posting.wait_for_states("pending", "delivered")
        others_passed.set()
        await receiver.wait_for(lambda each: number_of(each) == 1 and attempt_of(each) == 6)
        receiver.answer_with(respond())
        await posting.wait_for_states("delivered", "delivered")


def attempt_of(request: Any) -> int:
    """Which attempt a request is, from 1."""
    return int(request.headers["x-ee-wh-attempts-made"]) + 1


def refusing(number: int, *, until: asyncio.Event | None = None) -> Answer:
    """Refuse the event with this number, not before `until`; take all others."""

    async def answer(exchange: Exchange) -> None:
        if number_of(exchange.request) != number:
            await respond()(exchange)
            return
        if until is not None:
            await until.wait()
        await respond(500)(exchange)

    return answer


async def step_aside(house: House, *numbers: int, due: int | None = None) -> None:
    """Queue events of anna as if they had stepped aside after three refusals."""
    await house.announce_numbers("anna", *numbers)
    now = now_ms()
    order = Order(me="router", now=now, lease_until=now, settings=await house.runtime.get(), room=0, holds=())

    def work(conn: Connection) -> None:
        exchange(conn, order, EndpointDirectory(house.box))
        conn.flush()
        conn.execute(sa.delete(webhook_lanes))
        conn.execute(sa.update(deliveries).values(lane=-deliveries.c.id, attempts=3, step=3, attempted_at=now - 1000))
        ids = conn.execute(sa.select(deliveries.c.id)).scalars()
        open_lanes(conn, [(GLOBAL, -each) for each in ids], now if due is None else due)

    await house.db.write(work)


async def refused_alone(house: House, *, attempts: int, which: int = 0) -> tuple[Any, Any]:
    """Wait until nobody is at work on a delivery that was tried so often; return its row and that of its lane."""
    async with asyncio.timeout(60):
        while True:
            delivery, lane = await aside(house, which)
            assert lane is not None, delivery
            if delivery.attempts >= attempts and lane.claimed_by is None:
                return delivery, lane
            await asyncio.sleep(0.01)


async def aside(house: House, which: int = 0) -> tuple[Any, Any]:
    """Return the row of a pending delivery, by default the first one, and that of its lane."""
    pending = [row for row in await house.rows() if row.state == "pending"]
    delivery = pending[which]
    lanes = {row.lane: row for row in await house.rows(webhook_lanes)}
    return delivery, lanes.get(delivery.lane)
