"""An exchange goes along with the events: what it claims, when others are needed, and what a failure means."""

from __future__ import annotations

import asyncio

import pytest

from postroom.clock import now_ms
from postroom.errors import OutcomeUnknown
from postroom.events.log import append
from postroom.events.types import AccountEvent
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import webhook_lanes
from postroom.webhooks.delivery import riding
from postroom.webhooks.delivery.exchange import EndpointDirectory, Order
from postroom.webhooks.delivery.riding import DeliveryRide, RideEnd
from tests.webhooks.conftest import House

LEASE = 60_000


async def ride_of(house: House, ends: list[RideEnd], me: str = "me") -> DeliveryRide:
    now = now_ms()
    order = Order(me, now, now + LEASE, await house.runtime.get(), room=10)
    return DeliveryRide(order, EndpointDirectory(house.box), ends.append)


async def announced(house: House, account: str, ride: DeliveryRide) -> None:
    event = AccountEvent("connectError", {"number": 1})

    def work(conn: Connection) -> None:
        append(conn, house.keys[account], account, [event], now_ms(), ride=ride)

    await house.db.write(work)


async def test_the_event_is_committed_with_its_delivery_and_a_claimed_lane(posting: House) -> None:
    ends: list[RideEnd] = []
    ride = await ride_of(posting, ends)
    woken = posting.db.wakeups.subscribe("events")
    await announced(posting, "anna", ride)
    assert await woken.wait(30) == {"routed"}
    assert [(row.state, row.account) for row in await posting.rows()] == [("pending", "anna")]
    assert [lane.claimed_by for lane in await posting.rows(webhook_lanes)] == ["me"]
    ride.committed()
    (end,) = ends
    assert end.taken is not None
    assert [len(lane.deliveries) for lane in end.taken.lanes] == [1]
    assert end.taken.lanes[0].deliveries[0].payload is not None
    assert end.taken.lanes[0].is_whole


async def test_somebody_else_is_needed_for_a_lane_that_he_holds(posting: House) -> None:
    await announced(posting, "anna", await ride_of(posting, [], me="other"))
    woken = posting.db.wakeups.subscribe("events")
    ends: list[RideEnd] = []
    ride = await ride_of(posting, ends)
    await announced(posting, "anna", ride)
    assert await woken.wait(30) == {""}
    ride.committed()
    assert ends[0].taken is not None
    assert ends[0].taken.lanes == []


async def test_without_events_nothing_comes_of_it(posting: House) -> None:
    ends: list[RideEnd] = []
    (await ride_of(posting, ends)).committed()
    assert [(end.taken, end.is_sure) for end in ends] == [(None, True)]


@pytest.mark.parametrize(
    ("error", "is_sure"),
    [
        (ValueError("a fault of the sync"), True),
        (OutcomeUnknown("perhaps"), False),
        (asyncio.CancelledError(), False),
    ],
)
async def test_a_failure_of_the_transaction(posting: House, error: BaseException, *, is_sure: bool) -> None:
    ends: list[RideEnd] = []
    assert (await ride_of(posting, ends)).failed(error) is False
    assert [(end.taken, end.is_sure) for end in ends] == [(None, is_sure)]


async def test_a_fault_of_the_exchange_is_known_as_such(posting: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a row that cannot be read")

    monkeypatch.setattr(riding, "exchange", fail)
    ends: list[RideEnd] = []
    ride = await ride_of(posting, ends)
    with pytest.raises(ValueError, match="cannot be read") as raised:
        await announced(posting, "anna", ride)
    assert ride.failed(raised.value) is True
    assert [(end.taken, end.is_sure) for end in ends] == [(None, False)]
    assert await posting.rows() == []
