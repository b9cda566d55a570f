"""Deliveries as the API lists them and sends them again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.errors import StorageUnavailable
from postroom.storage.tables import deliveries as table
from postroom.storage.tables import events
from postroom.webhooks.delivery import deliverer
from postroom.webhooks.history import deliveries as module
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.history.history_store import DeliveryQuery, Replay, lane_apart
from postroom.webhooks.model import DeliveryNotFound, EndpointNotFound, NothingIsSent, SendingState
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.webhooks.conftest import House, number_of


@pytest.fixture
def deliveries(house: House) -> WebhookDeliveries:
    return WebhookDeliveries(db=house.db, box=house.box, runtime=house.runtime)


async def delivered(house: House, *numbers: int) -> None:
    """Events of anna that were delivered."""
    async with house.delivering():
        await house.announce_numbers("anna", *numbers)
        await house.wait_for_states(*["delivered"] * len(numbers))
        await house.wait_until_done()


async def test_an_endpoint_that_is_not_there_has_no_deliveries(deliveries: WebhookDeliveries) -> None:
    for asked in (
        deliveries.page("wh_none", DeliveryQuery()),
        deliveries.replay_since(Replay("wh_none", since=0)),
    ):
        with pytest.raises(EndpointNotFound):
            await asked
    assert (await deliveries.page("global", DeliveryQuery())).total == 0


async def test_deliveries_are_listed_newest_first_and_by_state(posting: House, deliveries: WebhookDeliveries) -> None:
    await delivered(posting, 1, 2, 3)
    page = await deliveries.page("global", DeliveryQuery(page_size=2))
    assert page.total == 3
    assert [item.id for item in page.items] == sorted((row.id for row in await posting.rows()), reverse=True)[:2]
    assert (await deliveries.page("global", DeliveryQuery(state=SendingState.DEAD))).total == 0
    found = await deliveries.get("global", page.items[0].id)
    assert found == page.items[0]
    with pytest.raises(DeliveryNotFound):
        await deliveries.get("account:anna", page.items[0].id)


async def test_one_delivery_is_sent_again(
    posting: House, deliveries: WebhookDeliveries, receiver: WebhookReceiver
) -> None:
    await delivered(posting, 1)
    (row,) = await posting.rows()
    await deliveries.replay("global", row.id)
    assert await posting.states() == ["pending"]
    async with posting.delivering():
        await posting.wait_for_states("delivered")
    assert [number_of(request) for request in receiver.requests] == [1, 1]


async def test_what_is_asked_for_before_the_answer_is_stored_is_sent_again(
    posting: House, deliveries: WebhookDeliveries, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliverer, "_LINGER", 600.0)
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for_count(1)
        (row,) = await posting.rows()
        for sent in (2, 3):
            await deliveries.replay("global", row.id)
            await receiver.wait_for_count(sent)
            assert await posting.states() == ["pending"]
    assert await posting.states() == ["delivered"]


def test_each_time_a_delivery_is_sent_again_it_has_a_lane_of_its_own() -> None:
    lanes = [lane_apart(delivery, now) for delivery in (1, 2, 99) for now in (1_800_000_000_000, 1_800_000_000_001)]
    assert len(set(lanes)) == len(lanes)
    assert max(lanes) < 0


async def test_an_event_that_is_no_longer_kept_cannot_be_sent_again(
    posting: House, deliveries: WebhookDeliveries
) -> None:
    await delivered(posting, 1)
    (row,) = await posting.rows()
    await posting.db.write(lambda conn: conn.execute(sa.delete(events)) and None)
    with pytest.raises(DeliveryNotFound):
        await deliveries.replay("global", row.id)


async def test_whoever_asks_for_what_cannot_be_sent_is_told_so(posting: House, deliveries: WebhookDeliveries) -> None:
    await delivered(posting, 1)
    (row,) = await posting.rows()
    await posting.runtime.update({"webhooksEnabled": False})
    with pytest.raises(NothingIsSent, match="webhooksEnabled"):
        await deliveries.replay("global", row.id)
    with pytest.raises(NothingIsSent, match="webhooksEnabled"):
        await deliveries.replay_since(Replay("global", since=0))
    assert await posting.states() == ["delivered"]


async def test_everything_since_a_time_is_queued_once(posting: House, deliveries: WebhookDeliveries) -> None:
    await delivered(posting, 1, 2)
    done = await deliveries.replay_since(Replay("global", since=0))
    assert done.complete
    pending = [row for row in await posting.rows() if row.state == "pending"]
    assert len(pending) == done.queued
    assert (await deliveries.replay_since(Replay("global", since=0))).queued == 0


async def test_a_database_that_fails_in_the_middle_says_how_far_it_came(
    posting: House, deliveries: WebhookDeliveries, monkeypatch: pytest.MonkeyPatch
) -> None:
    await delivered(posting, 1, 2, 3)
    monkeypatch.setattr(module, "BATCH", 1)
    moved: list[int] = []
    real = deliveries._replay_some

    async def failing(replay: Replay, after: int) -> tuple[int, int] | None:
        if len(moved) == 2:
            raise StorageUnavailable("away")
        found = await real(replay, after)
        moved.append(after)
        return found

    monkeypatch.setattr(deliveries, "_replay_some", failing)
    done = await deliveries.replay_since(Replay("global", since=0))
    assert not done.complete
    monkeypatch.undo()
    rest = await deliveries.replay_since(Replay("global", since=0, after=done.after))
    assert rest.complete
    queued = sa.select(sa.func.count()).select_from(table).where(table.c.state == "pending")
    count = await posting.db.read(lambda conn: int(conn.execute(queued).scalar_one()))
    assert done.queued + rest.queued == count


async def test_what_goes_to_each_endpoint(posting: House, deliveries: WebhookDeliveries) -> None:
    await delivered(posting, 1, 2)
    (_, last) = await posting.rows()
    await deliveries.replay("global", (await posting.rows())[0].id)
    traffic = await deliveries.traffic(["global", "account:anna"])
    assert (traffic["global"].waiting, traffic["account:anna"].waiting) == (1, 0)
    assert traffic["account:anna"].arrived is None
    arrived = traffic["global"].arrived
    assert arrived is not None
    assert (arrived.id, arrived.last_status) == (last.id, 200)
