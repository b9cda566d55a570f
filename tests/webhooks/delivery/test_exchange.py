"""One transaction hands in what was done, routes what is new and takes what is to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postroom.clock import now_ms
from postroom.storage.sealing.secrets import SecretBox
from postroom.webhooks.delivery.board import Unstored
from postroom.webhooks.delivery.exchange import EndpointDirectory, Order, Taken, exchange, hand_in
from postroom.webhooks.endpoints.endpoint_store import EndpointRow
from postroom.webhooks.endpoints.health import EndpointHealth
from postroom.webhooks.endpoints.sealed_rows import endpoint_columns, make_secret
from postroom.webhooks.model import Release, Result, SendingState, SigningKey, WebhookEndpoint
from tests.webhooks.conftest import House

NOW = now_ms() + 3_600_000
LEASE = 10_000


async def order(house: House, **fields: Any) -> Order:
    settings = await house.runtime.get()
    return replace(Order("me", NOW, NOW + LEASE, settings, room=10), **fields)


async def exchanged(house: House, **fields: Any) -> Taken:
    asked = await order(house, **fields)
    return await house.db.write(lambda conn: exchange(conn, asked, EndpointDirectory(house.box)))


def done(taken: Taken, state: SendingState = SendingState.DELIVERED) -> Unstored:
    """Every delivery taken has come to this, and every lane is given back."""
    results = [
        Result(each.id, each.endpoint, each.lane, state, 1, 1, NOW, NOW)
        for lane in taken.lanes
        for each in lane.deliveries
    ]
    return Unstored(results, [Release(lane.endpoint, lane.lane, NOW) for lane in taken.lanes], {})


async def test_what_is_new_is_routed_and_taken_in_the_same_transaction(posting: House) -> None:
    await posting.announce_numbers("anna", 1, 2)
    await posting.announce_numbers("bert", 3)
    taken = await exchanged(posting)
    assert taken.routed == {"connectError": 3}
    assert sorted(len(lane.deliveries) for lane in taken.lanes) == [1, 2]
    assert {lane.account.account for lane in taken.lanes if lane.account} == {"anna", "bert"}


async def test_lanes_that_are_held_are_not_given_to_another(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    assert len((await exchanged(posting)).lanes) == 1
    assert (await exchanged(posting, me="other")).lanes == []
    late = NOW + LEASE + 1
    assert (await exchanged(posting, me="other", now=late, lease_until=late, takes_over=False)).lanes == []
    assert len((await exchanged(posting, me="other", now=late, lease_until=late + LEASE)).lanes) == 1


async def test_a_renewed_lease_keeps_a_lane(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    (lane,) = (await exchanged(posting)).lanes
    await exchanged(posting, renewed=[(lane.endpoint, lane.lane)], lease_until=NOW + 10 * LEASE)
    assert (await exchanged(posting, me="other", now=NOW + 2 * LEASE)).lanes == []


async def test_what_was_done_is_stored_and_the_lane_is_gone(posting: House) -> None:
    await posting.announce_numbers("anna", 1, 2)
    taken = await exchanged(posting)
    after = await exchanged(posting, done=done(taken))
    assert after.lanes == []
    assert await posting.states() == ["delivered", "delivered"]
    assert after.wait is None
    assert after.next_due is None


async def test_a_process_that_is_unsure_gets_back_what_it_does_not_hold(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    await posting.announce_numbers("bert", 2)
    first = await exchanged(posting)
    held = (first.lanes[0].endpoint, first.lanes[0].lane)
    again = await exchanged(posting, holds=[held])
    assert [(lane.endpoint, lane.lane) for lane in again.lanes] == [
        (lane.endpoint, lane.lane) for lane in first.lanes[1:]
    ]


async def test_no_more_is_taken_than_there_is_room_for_and_then_there_is_more_at_once(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    await posting.announce_numbers("bert", 2)
    taken = await exchanged(posting, room=1)
    assert (len(taken.lanes), taken.wait) == (1, 0.0)


async def test_excluded_endpoints_wait(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    taken = await exchanged(posting, excluded=["global"])
    assert taken.lanes == []
    assert await posting.states() == ["pending"]


async def test_nothing_is_routed_unless_it_is_asked_for(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    taken = await exchanged(posting, routes=False)
    assert (taken.lanes, taken.routed) == ([], {})
    assert await posting.rows() == []


async def test_health_is_stored_with_what_was_done(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    taken = await exchanged(posting)
    health = EndpointHealth(target="t", failing_since=NOW, failures=3)
    handed = replace(done(taken, SendingState.DEAD), health={"global": health})
    asked = await order(posting, done=handed)
    await posting.db.write(lambda conn: hand_in(conn, asked))
    assert (await posting.endpoint()).failing_since == NOW
    assert await posting.states() == ["dead"]


class CountingBox(SecretBox):
    """Counts how often something was opened."""

    opened = 0

    def open_for(self, owner: str, sealed: str, context: str) -> str:
        self.opened += 1
        return super().open_for(owner, sealed, context)


@pytest.mark.parametrize(("column", "value"), [("updated_at", 99), ("enabled", False)])
def test_a_row_is_opened_again_only_when_it_was_written(column: str, value: Any) -> None:
    box = CountingBox(("the key",))
    endpoint = WebhookEndpoint("wh_1", "https://one.example", keys=(SigningKey(make_secret()),))
    columns = endpoint_columns(endpoint, box)
    values: dict[str, Any] = dict.fromkeys(EndpointRow.__dataclass_fields__)
    values |= {"id": "wh_1", "kind": "endpoint", "created_at": 0, "sealed": columns.pop("secrets"), **columns}
    row, directory = EndpointRow(**values), EndpointDirectory(box)
    first = directory.open([row])
    assert directory.open([row]) == first
    assert box.opened == 1
    directory.open([replace(row, **{column: value})])
    assert box.opened == 2
    assert directory.open([]) == {}


async def test_when_the_next_lane_comes_due_is_asked_for_what_is_released_for_later(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    await posting.announce_numbers("bert", 2)
    taken = await exchanged(posting)
    first, second = (Release(lane.endpoint, lane.lane, NOW + 5000) for lane in taken.lanes)
    assert (await exchanged(posting, done=Unstored([], [first]), looks_ahead=False)).next_due == NOW + 5000
    done_now = Unstored([], [replace(second, next_at=NOW - 1)])
    assert (await exchanged(posting, done=done_now, looks_ahead=False, room=0)).next_due is None
    assert (await exchanged(posting, room=0)).next_due == NOW + 5000
