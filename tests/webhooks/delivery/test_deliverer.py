"""The loop of delivery: what it finishes at its end, what it gives back, and what a former process left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
import sqlalchemy as sa

from postroom.accounts.journal import LeaseLost
from postroom.clock import now_ms
from postroom.errors import OutcomeUnknown, StorageFailed
from postroom.events.log import TOPIC, append
from postroom.events.rides import Ride
from postroom.events.types import AccountEvent
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries, webhook_endpoints, webhook_lanes
from postroom.webhooks.delivery import deliverer
from postroom.webhooks.delivery.board import Unstored
from postroom.webhooks.delivery.courier import Courier
from postroom.webhooks.delivery.exchange import DeliveryRide, EndpointDirectory, Order, Taken, exchange, hand_in
from postroom.webhooks.model import Release, Result, SendingState
from tests.fakes.databases import opened
from tests.fakes.webhook_receiver import Exchange, WebhookReceiver, hang, respond
from tests.live.postgres import Postgres
from tests.webhooks.conftest import House, number_of

LONG_MS = 3_600_000


@pytest.fixture(autouse=True)
def _no_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine an order may be old before it is carried out, and a ride may be called back early."""
    for module in ("exchange", "deliverer"):
        monkeypatch.setattr(f"postroom.webhooks.delivery.{module}.STALE_MS", 600_000)


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


async def ride_at_rest(house: House) -> Ride:
    """Take a ride as soon as the deliverer offers one."""
    deadline = asyncio.get_running_loop().time() + 30
    while (ride := await house.rides.take()) is None:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)
    return ride


def appended(house: House, ride: Ride, number: int) -> Callable[[Connection], None]:
    event = AccountEvent("connectError", {"number": number})
    return lambda conn: append(conn, house.keys["anna"], "anna", [event], now_ms(), ride=ride)


async def test_events_with_and_without_a_ride_come_once_and_in_order(posting: House, receiver: WebhookReceiver) -> None:
    async with posting.delivering():
        for number in range(0, 40, 2):
            await posting.announce_along("anna", number)
            await posting.announce_numbers("anna", number + 1)
        await posting.wait_for_states(*["delivered"] * 40)
        await posting.wait_until_done()
    assert [number_of(request) for request in receiver.requests] == list(range(40))


async def test_one_ride_at_a_time(posting: House) -> None:
    async with posting.delivering():
        ride = await ride_at_rest(posting)
        assert await posting.rides.take() is None
        with ride:
            pass
        with await ride_at_rest(posting):
            pass
    assert await posting.rides.take() is None


async def test_what_one_ride_took_is_not_taken_by_the_next_one(posting: House, receiver: WebhookReceiver) -> None:
    receiver.answer_with(hang())
    async with posting.delivering(shutdown_timeout=0.1):
        with await ride_at_rest(posting) as ride:
            await posting.db.write(appended(posting, ride, 1))
        # The loop had no time to start what the first one took.
        second = await posting.rides.take()
        assert isinstance(second, DeliveryRide)
        assert [(lane.endpoint, lane.lane) for lane in await lanes(posting)] == list(second.order.holds)
        with second:
            await posting.db.write(appended(posting, second, 2))
        await receiver.wait_for()
    assert [number_of(each) for each in receiver.requests] == [1]


async def test_what_a_ride_of_unknown_outcome_claimed_is_posted_once(posting: House, receiver: WebhookReceiver) -> None:
    async with posting.delivering():
        ride = await ride_at_rest(posting)
        await posting.db.write(appended(posting, ride, 1))
        assert [lane.claimed_by is None for lane in await lanes(posting)] == [False]
        with pytest.raises(OutcomeUnknown), ride:
            raise OutcomeUnknown("it was stored, but nobody knows")
        await posting.wait_for_states("delivered")
    assert [number_of(request) for request in receiver.requests] == [1]


async def test_results_survive_a_ride_that_failed(posting: House, receiver: WebhookReceiver) -> None:
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for()
        ride = await ride_at_rest(posting)
        with pytest.raises(LeaseLost), ride:
            raise LeaseLost("anna")
        await posting.wait_for_states("delivered")
        await posting.wait_until_done()


async def test_a_lane_that_came_too_late_is_given_back(posting: House, receiver: WebhookReceiver) -> None:
    async with posting.delivering() as task:
        ride = await ride_at_rest(posting)
        await posting.db.write(appended(posting, ride, 1))
        task.cancel()
        # The cancellation goes from task to task. In the end the deliverer waits for the ride.
        for _ in range(50):
            await asyncio.sleep(0)
        with ride:
            pass
    assert [lane.claimed_by for lane in await lanes(posting)] == [None]
    assert receiver.requests == []


async def test_the_next_event_of_a_busy_lane_does_not_wait_for_the_poll(
    posting: House, receiver: WebhookReceiver
) -> None:
    let_go = asyncio.Event()

    async def wait_then_accept(exchange: Exchange) -> None:
        await let_go.wait()
        await respond(200)(exchange)

    receiver.answer_with(wait_then_accept)
    async with posting.delivering():
        await posting.announce_along("anna", 1)
        await receiver.wait_for()
        await posting.announce_along("anna", 2)
        await posting.wait_until_routed()
        let_go.set()
        await posting.wait_for_states("delivered", "delivered")
    assert [number_of(request) for request in receiver.requests] == [1, 2]


async def test_a_ride_that_waits_for_the_locks_of_others_is_called_back(
    posting: House, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody appends its event, and the deliverer has something to do."""
    monkeypatch.setattr("postroom.webhooks.delivery.deliverer.STALE_MS", 200)
    async with posting.delivering():
        ride = await ride_at_rest(posting)
        await posting.announce_numbers("anna", 1)
        await posting.wait_for_states("delivered")
        with ride:
            await posting.db.write(appended(posting, ride, 2))
        await posting.wait_for_states("delivered", "delivered")
    assert [number_of(request) for request in receiver.requests] == [1, 2]


async def test_a_ride_that_was_taken_before_a_setting_changed_does_not_route_by_the_old_one(
    posting: House, receiver: WebhookReceiver
) -> None:
    await posting.runtime.update({"webhooksEnabled": False})
    async with posting.delivering():
        ride = await ride_at_rest(posting)
        await posting.runtime.update({"webhooksEnabled": True})
        with ride:
            await posting.db.write(appended(posting, ride, 1))
        await posting.wait_for_states("delivered")
    assert [number_of(request) for request in receiver.requests] == [1]


# After an outage of the database


class NotesOutages:
    """A database that notes how many writes failed."""

    def __init__(self, db: Database) -> None:
        self.failed = 0
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def write(self, work: Any, **options: Any) -> Any:
        try:
            return await self._db.write(work, **options)
        except StorageFailed:
            self.failed += 1
            raise


@pytest.mark.long
async def test_after_an_outage_others_hand_in_before_their_lanes_are_taken(
    postgres_server: Postgres, own_postgres_url: str, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "RETURN_GRACE", 3600.0)
    async with opened(own_postgres_url) as db:
        noting = NotesOutages(db)
        house = House(cast("Database", noting))
        await house.runtime.update({"webhooks": receiver.url})
        await house.add_account("anna")
        await house.add_account("bert")
        async with house.delivering():
            await house.announce_numbers("bert", 1)
            await receiver.wait_for_count(1)
            await house.wait_until_done()
            # Another process posts anna's event, and the database goes before the answer could be stored.
            other = await claimed_by_another(house, "anna", lease=1800.0)
            await asyncio.to_thread(postgres_server.stop)
            try:
                monkeypatch.setattr(deliverer, "now_ms", lambda: now_ms() + 1_801_000)
                # Until this process has looked for the lane whose lease is out, and found no database.
                async with asyncio.timeout(60):
                    while not noting.failed:
                        db.wakeups.publish([(TOPIC, "")])
                        await asyncio.sleep(0.05)
            finally:
                await asyncio.to_thread(postgres_server.start)
            await house.announce_numbers("bert", 2)
            await receiver.wait_for_count(2)
            assert [each.json()["account"] for each in receiver.requests] == ["bert", "bert"]
            await db.write(lambda conn: hand_in(conn, other))
            await house.wait_until_done()
            await house.wait_for_states(*["delivered"] * 3)
    assert len(receiver.requests) == 2


async def claimed_by_another(house: House, account: str, *, lease: float) -> Order:
    """Let another process claim an event of the account; return the order with which it hands in its delivery.

    The event is stored, routed and claimed in one transaction, so that nobody is quicker.
    """
    settings = await house.runtime.get()
    now = now_ms()
    order = Order(
        me="another process", now=now, lease_until=now + int(lease * 1000), settings=settings, room=10, holds=()
    )

    def work(conn: Connection) -> Taken:
        append(conn, house.keys[account], account, [AccountEvent("connectError", {"number": 0})], now)
        return exchange(conn, order, EndpointDirectory(house.box))

    (lane,) = (await house.db.write(work)).lanes
    (delivery,) = lane.deliveries
    result = Result(delivery.id, lane.endpoint, lane.lane, SendingState.DELIVERED, 1, 0, now, now, 200, None, None)
    return replace(order, done=Unstored(results=[result], released=[Release(lane.endpoint, lane.lane, now)]))
