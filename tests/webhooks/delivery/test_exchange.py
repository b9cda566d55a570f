"""One transaction hands in what was done, routes what is new and takes what is to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_

from postroom.accounts.model import Lease
from postroom.clock import now_ms
from postroom.errors import OutcomeUnknown
from postroom.events.log import append
from postroom.events.types import AccountEvent
from postroom.mail.identity.links import Links
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, webhook_lanes
from postroom.storage.turns import WriteTurn
from postroom.sync import store as sync_store
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.folder.ledger import FolderLedger, FolderOpening
from postroom.sync.folder.plan import Start
from postroom.webhooks.delivery import exchange as exchanges
from postroom.webhooks.delivery.board import Unstored
from postroom.webhooks.delivery.exchange import (
    DeliveryRide,
    EndpointDirectory,
    Order,
    RideEnd,
    Taken,
    exchange,
    hand_in,
)
from postroom.webhooks.endpoints.endpoint_store import EndpointRow
from postroom.webhooks.endpoints.health import EndpointHealth
from postroom.webhooks.endpoints.sealed_rows import endpoint_columns, make_secret
from postroom.webhooks.model import Release, Result, SendingState, SigningKey, WebhookEndpoint
from tests.fakes.databases import opened
from tests.fakes.watched import watched
from tests.webhooks.conftest import House, message

NOW = now_ms() + 3_600_000
LEASE = 10_000


@pytest.fixture(autouse=True)
def _no_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slow machine an order may be old before it is carried out."""
    monkeypatch.setattr("postroom.webhooks.delivery.exchange.STALE_MS", 600_000)


async def order(house: House, **fields: Any) -> Order:
    settings = await house.runtime.get()
    return replace(Order("me", NOW, NOW + LEASE, settings, room=10, holds=()), **fields)


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
    again = await exchanged(posting, holds=[held], is_unsure=True)
    assert [(lane.endpoint, lane.lane) for lane in again.lanes] == [
        (lane.endpoint, lane.lane) for lane in first.lanes[1:]
    ]


async def test_no_more_is_taken_than_there_is_room_for_and_then_there_is_more_at_once(posting: House) -> None:
    await posting.announce_numbers("anna", 1)
    await posting.announce_numbers("bert", 2)
    taken = await exchanged(posting, room=1)
    assert (len(taken.lanes), taken.wait) == (1, 0.0)


async def test_what_was_due_before_comes_first_and_new_lanes_take_the_room_that_is_left(posting: House) -> None:
    await posting.add_account("carl")
    await posting.announce_numbers("anna", 1)
    await exchanged(posting, room=0)
    await posting.announce_numbers("bert", 2)
    await posting.announce_numbers("carl", 3)
    taken = await exchanged(posting, room=2)
    assert next(lane.account.account for lane in taken.lanes if lane.account) == "anna"
    assert (len(taken.lanes), taken.wait) == (2, 0.0)
    assert len((await exchanged(posting)).lanes) == 1


async def test_a_lane_that_the_process_holds_is_not_given_to_it_again(posting: House) -> None:
    """Its new delivery waits for the one that is under way."""
    await posting.announce_numbers("anna", 1)
    (lane,) = (await exchanged(posting)).lanes
    held = (lane.endpoint, lane.lane)
    await posting.announce_numbers("anna", 2)
    taken = await exchanged(posting, holds=[held])
    assert taken.lanes == []
    assert taken.opened == {held}
    handed = Unstored([], [Release(*held, NOW)])
    assert [len(lane.deliveries) for lane in (await exchanged(posting, done=handed)).lanes] == [2]


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


# An exchange that goes along with the events.


async def ride_of(house: House, ends: list[RideEnd], me: str = "me") -> DeliveryRide:
    now = now_ms()
    asked = Order(me, now, now + LEASE, await house.runtime.get(), room=10, holds=(), looks_ahead=False)
    return DeliveryRide(asked, EndpointDirectory(house.box), ends.append)


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
    with ride:
        pass
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
    # The hint of the first event may come late on PostgreSQL.
    heard: set[str] = set()
    while "" not in heard:
        came = await woken.wait(30)
        assert came
        heard |= came
    with ride:
        pass
    assert ends[0].taken is not None
    assert ends[0].taken.lanes == []


WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def test_a_lane_that_another_process_is_claiming_is_left_to_it(own_postgres_url: str) -> None:
    """The ride waits for that claim, and sees it when it is committed."""
    async with opened(own_postgres_url) as db, opened(own_postgres_url) as other:
        house = House(db)
        await house.runtime.update({"webhooks": "https://hooks.example/"})
        await house.add_account("anna")
        await announced(house, "anna", await ride_of(house, []))
        await db.write(lambda conn: conn.execute(sa.update(webhook_lanes).values(claimed_by=None, next_at=0)))
        loop, holds, may_end = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

        def claiming(conn: Connection) -> None:
            conn.execute(sa.update(webhook_lanes).values(claimed_by="other", next_at=now_ms() + LEASE))
            loop.call_soon(holds.set)
            await_(may_end.wait())

        async def until_the_ride_waits() -> None:
            while await db.read(lambda conn: conn.library.exec_driver_sql(WAITING).scalar()) != 1:
                await asyncio.sleep(0.02)

        ends: list[RideEnd] = []
        claim = asyncio.create_task(other.write(claiming))
        try:
            await holds.wait()
            ride = await ride_of(house, ends)
            riding = asyncio.create_task(announced(house, "anna", ride))
            await asyncio.wait_for(until_the_ride_waits(), 60)
        finally:
            may_end.set()
            await claim
        await riding
        with ride:
            pass
        assert ends[0].taken is not None
        assert ends[0].taken.lanes == []
        assert [lane.claimed_by for lane in await house.rows(webhook_lanes)] == ["other"]
        assert await house.states() == ["pending", "pending"]


async def test_without_events_nothing_comes_of_it(posting: House) -> None:
    ends: list[RideEnd] = []
    with await ride_of(posting, ends):
        pass
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
    with pytest.raises(type(error)), await ride_of(posting, ends):
        raise error
    assert [(end.taken, end.is_sure) for end in ends] == [(None, is_sure)]


async def test_a_fault_of_the_exchange_is_known_as_such(posting: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a row that cannot be read")

    monkeypatch.setattr(exchanges, "exchange", fail)
    ends: list[RideEnd] = []
    ride = await ride_of(posting, ends)
    with ride:
        await announced(posting, "anna", ride)
    assert [(end.taken, end.is_sure) for end in ends] == [(None, False)]
    assert await posting.rows() == []


async def test_a_try_that_was_undone_leaves_nothing_behind(posting: House) -> None:
    """A shared transaction is tried again, and then there may be no event to report."""
    ends: list[RideEnd] = []
    ride = await ride_of(posting, ends)

    def undone(conn: Connection) -> None:
        append(conn, posting.keys["anna"], "anna", [AccountEvent("connectError", {})], now_ms(), ride=ride)
        raise LookupError

    with ride:
        ride.begin()
        with pytest.raises(LookupError):
            await posting.db.write(undone)
        ride.begin()
        await posting.db.write(lambda conn: append(conn, posting.keys["anna"], "anna", [], now_ms(), ride=ride))
    assert [(end.taken, end.is_sure) for end in ends] == [(None, True)]
    assert await posting.rows() == []


async def test_a_ride_that_comes_too_late_does_nothing(posting: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchanges, "STALE_MS", -1)
    ends: list[RideEnd] = []
    woken = posting.db.wakeups.subscribe("events")
    with await ride_of(posting, ends) as ride:
        await announced(posting, "anna", ride)
    assert await woken.wait(30) == {""}
    assert [(end.taken, end.is_sure) for end in ends] == [(None, True)]
    assert await posting.rows() == []


async def test_a_ride_that_was_called_back_does_nothing_and_tells_nobody(posting: House) -> None:
    ends: list[RideEnd] = []
    ride = await ride_of(posting, ends)
    with ride:
        assert ride.recall()
        assert not ride.recall()
        await announced(posting, "anna", ride)
    assert ends == []
    assert await posting.rows() == []


async def test_a_ride_that_has_worked_cannot_be_called_back(posting: House) -> None:
    ends: list[RideEnd] = []
    with await ride_of(posting, ends) as ride:
        await announced(posting, "anna", ride)
        assert not ride.recall()
    assert ends[0].taken is not None


async def test_nothing_is_routed_by_settings_that_have_changed(posting: House) -> None:
    """The order waited for its transaction, and somebody was told meanwhile that his settings hold."""
    await posting.announce_numbers("anna", 1)
    taken = await exchanged(posting, is_current=lambda: False)
    assert (taken.lanes, taken.wait) == ([], 0.0)
    assert [len(lane.deliveries) for lane in (await exchanged(posting)).lanes] == [1]


# What a message costs.


async def inbox_of(house: House, account: str) -> FolderLedger:
    """An empty folder of an account, whose sync lets webhooks go along."""
    key = house.keys[account]

    def claimed(conn: Connection) -> int:
        conn.execute(sa.update(accounts).where(accounts.c.key == key).values(owner="node", epoch=1))
        row = sync_store.FolderListed(path="INBOX", delimiter="/", attributes=[], special_use=None, object_id=None)
        sync_store.insert(conn, key, [row])
        return int(conn.execute(sa.select(accounts.c.revision).where(accounts.c.key == key)).scalar_one())

    lease = Lease(key, account, "node", 1, await house.db.write(claimed))
    ledger = AccountLedger(house.db, lease, now_ms, house.rides)
    ledger.indexes = True
    folder = FolderLedger(ledger, (await ledger.read(lambda conn: sync_store.load(conn, key)))["INBOX"])
    await folder.begin(FolderOpening(Start.FIRST, 1, 1, 1, 0))
    ledger.turn = WriteTurn.NORMAL
    return folder


async def test_a_message_on_a_quiet_day_costs_few_exchanges(posting: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """On PostgreSQL each statement is an exchange; BEGIN and COMMIT are two more."""
    folder = await inbox_of(posting, "anna")
    ends: list[RideEnd] = []
    seen: list[str] = []
    write = posting.db.write

    async def counted(work: Callable[[Connection], Any], **options: Any) -> Any:
        def noted(conn: Connection) -> Any:
            seen.clear()
            with watched(conn, lambda text, _values: seen.append(text)):
                return work(conn)

        return await write(noted, **options)

    async def offer() -> DeliveryRide:
        return await ride_of(posting, ends)

    monkeypatch.setattr(posting.db, "write", counted)
    counts = []
    with posting.rides.offered(offer):
        for uid in range(1, 6):
            new = {uid: message(uid=uid)}
            await folder.take_in({uid: frozenset()}, new, uidnext=uid + 1, links={uid: Links(uid, 9, None, (uid,))})
            counts.append(len(seen))
            (taken,) = [end.taken for end in ends]
            assert taken is not None
            assert [len(lane.deliveries) for lane in taken.lanes] == [1]
            asked = await order(posting, done=done(taken), routes=False, looks_ahead=False)
            await posting.db.write(partial(exchange, order=asked, directory=EndpointDirectory(posting.box)))
            counts.append(len(seen))
            ends.clear()
    assert counts[-2:] == ([6, 3] if posting.db.dialect == "postgresql" else [20, 4])
