"""Endpoints made through the API: created, changed, rotated, tried, and delivered to."""

from __future__ import annotations

import asyncio
import time

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from postroom.connections.hosts.names import LOCALHOST
from postroom.events.log import TOPIC
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.endpoints.sealed_rows import make_secret
from postroom.webhooks.endpoints.signing import derive_secret
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.history.history_store import DeliveryQuery, Replay
from postroom.webhooks.model import DeliveryNotFound, EndpointNotFound, InvalidEndpoint, SendingState, TargetKind
from postroom.webhooks.service import WebhookEndpoints
from tests.fakes.webhook_receiver import WebhookReceiver, respond
from tests.webhooks.conftest import SERVICE_SECRET, House, number_of


@pytest.fixture
def endpoints(house: House) -> WebhookEndpoints:
    return WebhookEndpoints(
        db=house.db, box=house.box, runtime=house.runtime, settings=house.settings, lookups=LOCALHOST
    )


@pytest.fixture
def deliveries(house: House) -> WebhookDeliveries:
    return WebhookDeliveries(db=house.db, box=house.box, runtime=house.runtime)


async def test_an_endpoint_is_kept_with_its_secrets_sealed(house: House, endpoints: WebhookEndpoints) -> None:
    made = await endpoints.create(
        EndpointChange.read(
            {
                "url": "https://user:hush@example.com/hook",
                "events": ["messageNew"],
                "accounts": ["anna"],
                "metadata": {"tier": "gold"},
                "customHeaders": [{"key": "X-Key", "value": "quiet"}],
                "description": "orders",
            }
        )
    )
    assert made.url == "https://******:******@example.com/hook"
    assert made.kind is TargetKind.OBJECT
    assert made.config is not None
    assert made.config.events == ("messageNew",)
    assert made.config.custom_headers[0].value == "quiet"
    row = await house.endpoint(made.id)
    secret = await endpoints.secret(made.id)
    assert all(word not in str(row) for word in ("hush", "quiet", secret))
    assert [view.id for view in await endpoints.list_all()] == ["global", made.id]


async def test_every_problem_is_named(endpoints: WebhookEndpoints) -> None:
    with pytest.raises(InvalidEndpoint) as caught:
        await endpoints.create(
            EndpointChange.read(
                {
                    "url": "ftp://example.com",
                    "events": ["nothingNew"],
                    "customHeaders": [{"key": "Host", "value": "x"}, {"key": "X", "value": "******"}],
                    "secret": "short",
                }
            )
        )
    assert [field for field, _ in caught.value.fields] == [
        "url",
        "events",
        "customHeaders.0.key",
        "customHeaders.1.value",
        "secret",
    ]


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/", "http://2852039166/", "http://[::ffff:169.254.169.254]/", "http://a:******@b/"]
)
async def test_urls_that_can_never_work_are_refused(endpoints: WebhookEndpoints, url: str) -> None:
    with pytest.raises(InvalidEndpoint):
        await endpoints.create(EndpointChange.read({"url": url}))


async def test_unknown_ids_are_said_to_be_unknown(endpoints: WebhookEndpoints, deliveries: WebhookDeliveries) -> None:
    with pytest.raises(EndpointNotFound):
        await endpoints.get("wh_none")
    with pytest.raises(EndpointNotFound):
        await endpoints.update("wh_none", EndpointChange.read({}))
    with pytest.raises(EndpointNotFound):
        await endpoints.remove("global")
    with pytest.raises(EndpointNotFound):
        await deliveries.page("wh_none", DeliveryQuery())
    with pytest.raises(DeliveryNotFound):
        await deliveries.replay("global", 12345)


async def test_events_go_to_every_endpoint_that_wants_them(
    house: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver
) -> None:
    await house.add_account("anna", metadata={"tier": "gold"})
    await house.add_account("bert")
    secret = make_secret()
    golden = {"url": receiver.url_for("/gold"), "metadata": {"tier": "gold"}, "secret": secret}
    gold = await endpoints.create(EndpointChange.read(golden))
    await endpoints.create(EndpointChange.read({"url": receiver.url_for("/bert"), "accounts": ["bert"]}))
    await endpoints.create(EndpointChange.read({"url": receiver.url_for("/new"), "events": ["messageNew"]}))
    await endpoints.create(EndpointChange.read({"url": receiver.url_for("/off"), "enabled": False}))
    async with house.delivering():
        await house.announce_numbers("anna", 1)
        await house.announce_numbers("bert", 2)
        await house.wait_for_states("delivered", "delivered")
    assert {(each.path, number_of(each)) for each in receiver.requests} == {("/gold", 1), ("/bert", 2)}
    request = next(each for each in receiver.requests if each.path == "/gold")
    assert Webhook(secret).verify(request.body, dict(request.headers))["account"] == "anna"
    assert not [name for name in request.headers if name.startswith("x-ee-")]
    assert await endpoints.secret(gold.id) == secret


async def test_while_a_secret_is_replaced_both_sign(
    house: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver
) -> None:
    await house.add_account("anna")
    made = await endpoints.create(EndpointChange.read({"url": receiver.url}))
    old = await endpoints.secret(made.id)
    new = await endpoints.rotate_secret(made.id)
    async with house.delivering():
        await house.announce_numbers("anna", 1)
        request = await receiver.wait_for()
        for secret in (old, new):
            Webhook(secret).verify(request.body, dict(request.headers))
        last = await endpoints.rotate_secret(made.id, overlap=0)
        await house.announce_numbers("anna", 2)
        request = await receiver.wait_for(lambda each: number_of(each) == 2)
    Webhook(last).verify(request.body, dict(request.headers))
    for secret in (old, new):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(request.body, dict(request.headers))


async def test_the_global_target_signs_with_a_secret_of_its_own(endpoints: WebhookEndpoints) -> None:
    assert await endpoints.secret("global") == derive_secret(SERVICE_SECRET)


async def test_what_was_gone_is_tried_again_when_it_is_switched_on(
    house: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver
) -> None:
    await house.add_account("anna")
    made = await endpoints.create(EndpointChange.read({"url": receiver.url}))
    receiver.next_answers(respond(410))
    async with house.delivering():
        await house.announce_numbers("anna", 1)
        await house.wait_for_states("dead")
        assert not (await endpoints.get(made.id)).enabled
        await house.announce_numbers("anna", 2)
        await house.wait_until_routed()
        await endpoints.update(made.id, EndpointChange.read({"enabled": True}))
        await house.announce_numbers("anna", 3)
        await house.wait_for_states("dead", "delivered")
    assert [number_of(each) for each in receiver.requests] == [1, 3]


async def test_the_global_target_can_be_switched_on_again(
    house: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver
) -> None:
    await house.add_account("anna")
    await house.runtime.update({"webhooks": receiver.url})
    receiver.next_answers(respond(410))
    async with house.delivering():
        await house.announce_numbers("anna", 1)
        await house.wait_for_states("dead")
        await endpoints.update("global", EndpointChange.read({"enabled": True}))
        await house.announce_numbers("anna", 2)
        await house.wait_for_states("dead", "delivered")


async def test_a_removed_endpoint_gets_nothing_more(
    house: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver
) -> None:
    await house.add_account("anna")
    made = await endpoints.create(EndpointChange.read({"url": receiver.url}))
    receiver.next_answers(respond(500))
    async with house.delivering():
        await house.announce_numbers("anna", 1, 2)
        await receiver.wait_for_count(1)
        await endpoints.remove(made.id)
        await house.wait_for_states("dropped", "dropped")
    assert len(receiver.requests) == 1
    with pytest.raises(EndpointNotFound):
        await endpoints.get(made.id)


@pytest.mark.long
async def test_changes_hold_for_what_is_queued(
    house: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver
) -> None:
    await house.add_account("anna")
    made = await endpoints.create(EndpointChange.read({"url": receiver.url_for("/old"), "description": "kept"}))
    receiver.next_answers(respond(500))
    async with house.delivering():
        await house.announce_numbers("anna", 1)
        await receiver.wait_for_count(1)
        changed = await endpoints.update(made.id, EndpointChange.read({"url": receiver.url_for("/changed")}))
        assert (await receiver.wait_for(lambda each: each.path == "/changed")).json()["account"] == "anna"
    assert changed.config is not None
    assert changed.config.description == "kept"


# Deliveries


async def test_deliveries_are_listed_and_filtered(
    posting: House, deliveries: WebhookDeliveries, receiver: WebhookReceiver, endpoints: WebhookEndpoints
) -> None:
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await posting.announce_numbers("bert", 2, 3)
        await posting.wait_until_done()
        await posting.wait_for_states("delivered", "delivered", "delivered")
    page = await deliveries.page("global", DeliveryQuery(page_size=2))
    assert page.total == 3
    assert [each.id for each in page.items] == sorted((each.id for each in page.items), reverse=True)
    bert = await deliveries.page(
        "global", DeliveryQuery(account="bert", state=SendingState.DELIVERED, event="connectError")
    )
    assert [each.account for each in bert.items] == ["bert", "bert"]
    assert (await deliveries.page("global", DeliveryQuery(state=SendingState.DEAD))).total == 0
    one = await deliveries.get("global", bert.items[0].id)
    assert (one.attempts, one.last_status) == (1, 200)
    assert one.event_id in {each.headers["webhook-id"] for each in receiver.requests}
    assert (await endpoints.get("global")).counts == {"delivered": 3}


async def test_a_dead_letter_can_be_sent_again(
    posting: House, deliveries: WebhookDeliveries, receiver: WebhookReceiver, endpoints: WebhookEndpoints
) -> None:
    receiver.next_answers(respond(410))
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await posting.wait_for_states("dead")
        await endpoints.update("global", EndpointChange.read({"enabled": True}))
        await deliveries.replay("global", (await posting.rows())[0].id)
        await posting.wait_for_states("delivered")
    first, second = receiver.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.headers["x-ee-wh-attempts-made"] == "1"


async def test_a_replay_sends_everything_since_a_time_in_order(
    posting: House, deliveries: WebhookDeliveries, receiver: WebhookReceiver
) -> None:
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await receiver.wait_for_count(1)
        await asyncio.sleep(0.01)
        since = int(time.time() * 1000)
        await posting.announce_numbers("anna", 2, 3)
        await posting.announce_numbers("bert", 4)
        await receiver.wait_for_count(4)
        await posting.wait_until_done()
        ids = {number_of(each): each.headers["webhook-id"] for each in receiver.requests}
        receiver.requests.clear()
        assert (
            await deliveries.replay_since(Replay("global", since, account="anna", types=("connectError",)))
        ).queued == 2
        assert (await deliveries.replay_since(Replay("global", since, types=("messageNew",)))).queued == 0
        await receiver.wait_for_count(2)
        await posting.wait_until_done()
    assert [(number_of(each), each.headers["webhook-id"]) for each in receiver.requests] == [(2, ids[2]), (3, ids[3])]


async def test_a_replay_reaches_back_before_the_endpoint_was_made(
    house: House, endpoints: WebhookEndpoints, deliveries: WebhookDeliveries, receiver: WebhookReceiver
) -> None:
    await house.add_account("anna")
    async with house.delivering():
        await house.announce_numbers("anna", 1, 2)
        await house.wait_until_routed()
        made = await endpoints.create(EndpointChange.read({"url": receiver.url}))
        assert (await deliveries.replay_since(Replay(made.id, 0))).queued == 3
        await receiver.wait_for_count(3)
    assert [each.json()["event"] for each in receiver.requests] == ["accountAdded", "connectError", "connectError"]


async def test_replayed_dead_letters_say_so_and_queued_events_are_not_doubled(
    posting: House, deliveries: WebhookDeliveries, receiver: WebhookReceiver, endpoints: WebhookEndpoints
) -> None:
    receiver.next_answers(respond(410))
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)
        await posting.wait_for_states("dead")
    await endpoints.update("global", EndpointChange.read({"enabled": True}))
    replay = Replay("global", 0, types=("connectError",))
    assert (await deliveries.replay_since(replay)).queued == 1
    assert (await deliveries.replay_since(replay)).queued == 0
    assert await posting.states() == ["replayed", "pending"]


# Trial


async def test_a_test_event_says_what_came_of_it(
    house: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver
) -> None:
    nowhere = await endpoints.test("global")
    assert (nowhere.delivered, nowhere.code) == (False, "NoTarget")
    made = await endpoints.create(EndpointChange.read({"url": receiver.url}))
    good = await endpoints.test(made.id)
    assert (good.delivered, good.status) == (True, 200)
    request = receiver.requests[0]
    assert request.json()["event"] == "test"
    assert Webhook(await endpoints.secret(made.id)).verify(request.body, dict(request.headers))
    receiver.next_answers(respond(500, b"no room"))
    bad = await endpoints.test(made.id)
    assert (bad.delivered, bad.code) == (False, "HTTP500")
    assert "no room" in bad.message
    await house.runtime.update({"webhooks": receiver.url_for("/global")})
    assert (await endpoints.test("global")).delivered
    assert receiver.requests[-1].headers["x-ee-wh-signature"]
    assert await house.rows() == []


async def test_a_change_wakes_the_deliverer(house: House, endpoints: WebhookEndpoints) -> None:
    waiter = house.db.wakeups.subscribe(TOPIC)
    await endpoints.create(EndpointChange.read({"url": "https://example.com"}))
    assert await waiter.wait(30)
