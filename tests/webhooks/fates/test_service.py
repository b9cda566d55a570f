"""What became of events, on both databases, with the deliverer at work."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from postroom.connections.hosts.names import LOCALHOST
from postroom.events.model import EventNotFound
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries as table
from postroom.storage.tables import events
from postroom.webhooks.delivery.lane_store import open_lanes
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.fates.service import DeliveryStory, EventFates
from postroom.webhooks.fates.verdict import FateKind
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.model import DeliveryNotFound
from postroom.webhooks.service import WebhookEndpoints
from tests.fakes.webhook_receiver import WebhookReceiver, respond
from tests.webhooks.conftest import House


class Desk:
    """The services, and the words for their answers."""

    def __init__(self, house: House) -> None:
        self.house = house
        shared = {"db": house.db, "box": house.box, "runtime": house.runtime}
        self.endpoints = WebhookEndpoints(**shared, settings=house.settings, lookups=LOCALHOST)  # type: ignore[arg-type]
        self.deliveries = WebhookDeliveries(**shared)  # type: ignore[arg-type]
        self.fates = EventFates(**shared, endpoints=self.endpoints)  # type: ignore[arg-type]

    async def newest(self) -> int:
        return max(int(row.seq) for row in await self.house.rows(events))

    async def kinds(self, seq: int | None = None) -> dict[str, FateKind]:
        story = await self.fates.of_event(await self.newest() if seq is None else seq)
        return {each.endpoint.id: each.fate.kind for each in story.fates}

    async def story(self) -> DeliveryStory:
        (row,) = await self.house.rows()
        return await self.fates.of_delivery(row.id)


@pytest.fixture
def desk(posting: House) -> Desk:
    return Desk(posting)


async def test_each_endpoint_has_a_verdict(desk: Desk, receiver: WebhookReceiver) -> None:
    house = desk.house
    made = {}
    for name, change in {
        "all": EndpointChange(),
        "other type": EndpointChange(events=("messageNew",)),
        "other account": EndpointChange(accounts=("bert",)),
        "other metadata": EndpointChange(metadata={"tier": "gold"}),
        "off": EndpointChange(enabled=False),
    }.items():
        view = await desk.endpoints.create(EndpointChange(url=receiver.url))
        await desk.endpoints.update(view.id, change)
        made[name] = view.id
    await house.announce_numbers("anna", 1)
    assert (await desk.kinds())["global"] is FateKind.WAITING, "it is not routed yet"
    async with house.delivering():
        await house.wait_for_states("delivered", "delivered")
        await house.wait_until_done()
    later = await desk.endpoints.create(EndpointChange(url=receiver.url))
    assert await desk.kinds() == {
        "global": FateKind.DELIVERED,
        made["all"]: FateKind.DELIVERED,
        made["other type"]: FateKind.UNWANTED,
        made["other account"]: FateKind.UNWANTED,
        made["other metadata"]: FateKind.UNWANTED,
        made["off"]: FateKind.OFF,
        later.id: FateKind.TOO_NEW,
    }


async def test_the_account_with_its_own_url(desk: Desk, receiver: WebhookReceiver) -> None:
    await desk.house.add_account("cyd", webhooks=receiver.url_for("/own"))
    await desk.house.announce_numbers("cyd", 1)
    async with desk.house.delivering():
        await desk.house.wait_for_states("delivered")
    assert await desk.kinds() == {"account:cyd": FateKind.DELIVERED, "global": FateKind.UNWANTED}
    assert "account:cyd" in [view.id for view in await desk.endpoints.list_used()]


async def test_webhooks_that_are_switched_off(desk: Desk, receiver: WebhookReceiver) -> None:
    view = await desk.endpoints.create(EndpointChange(url=receiver.url))
    await desk.house.runtime.update({"webhooksEnabled": False})
    await desk.house.announce_numbers("anna", 1)
    async with desk.house.delivering():
        await desk.house.wait_until_routed()
    assert await desk.kinds() == {"global": FateKind.OFF, view.id: FateKind.OFF}


async def test_what_waits_and_for_what(desk: Desk, receiver: WebhookReceiver) -> None:
    receiver.answer_with(respond(500, b"<script>no room</script>\x1b[31m"))
    await desk.house.announce_numbers("anna", 1, 2)
    async with desk.house.delivering():
        await receiver.wait_for_count(2)
        await eventually_paused(desk)
    first, second = sorted(row.id for row in await desk.house.rows())
    head = await desk.fates.of_delivery(first)
    assert head.fate.kind in (FateKind.PAUSED, FateKind.RETRYING)
    assert "<script>no room</script>" in head.fate.said
    assert "\x1b" not in head.fate.said
    behind = (await desk.fates.of_delivery(second)).fate
    assert (behind.kind, behind.behind) == (FateKind.BEHIND, head.delivery.event_seq)
    assert behind.next_at is not None


async def eventually_paused(desk: Desk) -> None:
    """Wait until the endpoint is stored as pausing."""
    async with asyncio.timeout(60):
        while (row := await desk.house.endpoint()) is None or row.paused_until is None:
            await asyncio.sleep(0.01)


async def test_each_request_is_kept(desk: Desk, receiver: WebhookReceiver, quick_retries: None) -> None:
    receiver.next_answers(respond(500, b"busy"), respond(502, b"gone away"))
    await desk.house.announce_numbers("anna", 1)
    async with desk.house.delivering():
        await desk.house.wait_for_states("delivered")
        await desk.house.wait_until_done()
    story = await desk.story()
    assert [(each.number, each.status) for each in story.tries] == [(1, 500), (2, 502), (3, 200)]
    assert story.tries[0].error == "HTTP500: The receiver answered 500 Internal Server Error: busy"
    assert story.tries[2].error is None
    assert all(each.took is not None for each in story.tries)
    assert story.request is not None
    assert dict(story.request.headers)["X-EE-Wh-Attempts-Made"] == "2"
    assert '"number": 1' in story.request.body.text


async def test_a_first_request_that_is_accepted_stands_in_its_delivery(desk: Desk) -> None:
    await desk.house.announce_numbers("anna", 1)
    async with desk.house.delivering():
        await desk.house.wait_for_states("delivered")
        await desk.house.wait_until_done()
        assert len((await desk.story()).tries) == 1
        await desk.deliveries.replay("global", (await desk.story()).delivery.id)
        assert [each.number for each in (await desk.story()).tries][:1] == [1]
        await desk.house.wait_until_done()
    assert [(each.number, each.status) for each in (await desk.story()).tries] == [(1, 200), (2, 200)]


async def test_an_event_that_is_no_longer_kept(desk: Desk) -> None:
    await desk.house.announce_numbers("anna", 1)
    async with desk.house.delivering():
        await desk.house.wait_for_states("delivered")
    seq = await desk.newest()
    await desk.house.db.write(lambda conn: conn.execute(sa.delete(events)) and None)
    story = await desk.fates.of_event(seq)
    assert story.event is None
    assert [each.fate.kind for each in story.fates] == [FateKind.DELIVERED]
    assert (await desk.story()).request is None
    with pytest.raises(EventNotFound):
        await desk.fates.of_event(seq + 1)
    with pytest.raises(DeliveryNotFound):
        await desk.fates.of_delivery(10**12)


async def test_a_delivery_of_an_endpoint_that_is_gone(desk: Desk, receiver: WebhookReceiver) -> None:
    await desk.house.runtime.update({"webhooks": ""})
    view = await desk.endpoints.create(EndpointChange(url=receiver.url))
    await desk.house.announce_numbers("anna", 1)
    async with desk.house.delivering():
        await desk.house.wait_for_states("delivered")
    await desk.endpoints.remove(view.id)
    story = await desk.story()
    assert (story.fate.kind, story.request, story.endpoint.url) == (FateKind.DELIVERED, None, None)


async def test_a_settings_change_since_then_is_named(desk: Desk) -> None:
    await desk.house.runtime.update({"webhookEvents": ["messageNew"]})
    await desk.house.announce_numbers("anna", 1)
    async with desk.house.delivering():
        await desk.house.wait_until_routed()
    assert await desk.kinds() == {"global": FateKind.UNWANTED}
    await desk.house.runtime.update({"webhookEvents": ["*"]})
    assert await desk.kinds() == {"global": FateKind.CHANGED}


async def test_the_place_of_a_delivery_that_is_due_and_of_one_that_is_held(desk: Desk) -> None:
    await desk.house.announce_numbers("anna", 1)
    async with desk.house.delivering():
        await desk.house.wait_for_states("delivered")

    def again(conn: Connection) -> None:
        conn.execute(sa.update(table).values(state="pending", lane=-5, attempts=0))
        open_lanes(conn, [("global", -5)], 2**45)

    await desk.house.db.write(again)
    fate = (await desk.story()).fate
    assert (fate.kind, fate.next_at) == (FateKind.WAITING, 2**45)
    await desk.house.db.write(
        lambda conn: conn.execute(sa.text("UPDATE webhook_lanes SET claimed_by = 'node/1'")) and None
    )
    assert (await desk.story()).fate.text == "It is being sent."
