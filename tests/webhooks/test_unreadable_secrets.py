"""Webhooks whose stored secrets cannot be opened: their endpoint fails by itself, and the others go on."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook

from postroom.connections.hosts.names import LOCALHOST
from postroom.storage.tables import account_settings, webhook_endpoints
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.history.history_store import DeliveryQuery, Replay
from postroom.webhooks.model import InvalidEndpoint
from postroom.webhooks.service import WebhookEndpoints
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import sooner_or_later
from tests.webhooks.conftest import House

DAMAGED = "v1.abcdef01.damaged"


@pytest.fixture
def endpoints(house: House) -> WebhookEndpoints:
    return WebhookEndpoints(
        db=house.db, box=house.box, runtime=house.runtime, settings=house.settings, lookups=LOCALHOST
    )


async def make(endpoints: WebhookEndpoints, url: str, **more: Any) -> str:
    return (await endpoints.create(EndpointChange.read({"url": url, **more}))).id


async def damage(house: House, endpoint: str) -> None:
    change = sa.update(webhook_endpoints).where(webhook_endpoints.c.id == endpoint).values(secrets=DAMAGED)
    await house.db.write(lambda conn: conn.execute(change) and None)


async def damage_account(house: House, account: str) -> None:
    key = house.keys[account]
    change = sa.update(account_settings).where(account_settings.c.account_key == key).values(secrets=DAMAGED)
    await house.db.write(lambda conn: conn.execute(change) and None)


async def fails(endpoints: WebhookEndpoints, endpoint: str) -> Any:
    """Wait until an endpoint is told as failing since something was to be sent."""

    async def so() -> bool:
        return (await endpoints.get(endpoint)).failing_since is not None

    await sooner_or_later(so)
    return await endpoints.get(endpoint)


async def test_a_damaged_endpoint_pauses_alone_and_its_deliveries_go_out_once_it_is_repaired(
    posting: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver, quick_retries: None
) -> None:
    bad = await make(endpoints, receiver.url_for("/bad"), events=["connectError"])
    good = await make(endpoints, receiver.url_for("/good"), events=["connectError"])
    await damage(posting, bad)
    async with posting.delivering():
        await posting.announce_numbers("anna", 1, 2)
        await receiver.wait_for_count(4)
        assert {request.path for request in receiver.requests} == {"/webhook", "/good"}
        view = await fails(endpoints, bad)
        assert view.last_error["code"] == "SecretUnreadable"
        assert bad in view.last_error["message"]
        assert "PUT" in view.last_error["message"]
        assert (await endpoints.get(good)).last_error is None
        repaired = await endpoints.update(bad, EndpointChange.read({"url": receiver.url_for("/bad")}))
        await receiver.wait_for_count(6)

        async def sound() -> bool:
            return (await endpoints.get(bad)).last_error is None

        await sooner_or_later(sound)
        sent = [request for request in receiver.requests if request.path == "/bad"]
    assert len(sent) == 2
    assert repaired.new_secret is not None
    assert Webhook(repaired.new_secret).verify(sent[0].body, dict(sent[0].headers))


async def test_deliveries_to_a_damaged_endpoint_die_by_the_schedule(
    posting: House, endpoints: WebhookEndpoints, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.webhooks.retry.SCHEDULE", ())
    bad = await make(endpoints, "http://127.0.0.1:9/", accounts=["anna"])
    await damage(posting, bad)
    deliveries = WebhookDeliveries(db=posting.db, box=posting.box, runtime=posting.runtime)
    async with posting.delivering():
        await posting.announce_numbers("anna", 1)

        async def dead() -> bool:
            return [view.state for view in (await deliveries.page(bad, DeliveryQuery())).items] == ["dead"]

        await sooner_or_later(dead)
    (view,) = (await deliveries.page(bad, DeliveryQuery())).items
    assert (view.last_error or "").startswith("SecretUnreadable: ")


async def test_a_damaged_endpoint_is_listed_changed_tried_and_removed(
    house: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver
) -> None:
    more = {"customHeaders": [{"key": "X-Key", "value": "quiet"}], "accounts": ["anna"]}
    bad = await make(endpoints, "https://user:hush@example.com/hook", **more)
    await damage(house, bad)
    (_, listed) = await endpoints.list_all()
    assert (listed.id, listed.url) == (bad, "https://******:******@example.com/hook")
    assert listed.last_error is not None
    assert listed.last_error["code"] == "SecretUnreadable"
    trial = await endpoints.test(bad)
    assert (trial.delivered, trial.code) == (False, "SecretUnreadable")
    changed = await endpoints.update(bad, EndpointChange.read({"enabled": False, "description": "mine"}))
    assert (changed.enabled, changed.new_secret) == (False, None)
    assert (await house.endpoint(bad)).secrets == DAMAGED, "its key may be found again"
    with pytest.raises(InvalidEndpoint) as caught:
        await endpoints.update(bad, EndpointChange.read({"url": "https://example.com/"}))
    assert [name for name, _ in caught.value.fields] == ["customHeaders"]
    with pytest.raises(InvalidEndpoint) as caught:
        await endpoints.update(bad, EndpointChange.read({"customHeaders": []}))
    assert [name for name, _ in caught.value.fields] == ["url"]
    whole = await endpoints.update(bad, EndpointChange.read({"url": receiver.url, "customHeaders": []}))
    assert whole.config is not None
    assert (whole.last_error, whole.config.accounts, whole.config.description) == (None, ("anna",), "mine")
    assert whole.new_secret == await endpoints.secret(bad)
    await damage(house, bad)
    await endpoints.remove(bad)


async def test_events_are_replayed_to_a_damaged_endpoint(posting: House, endpoints: WebhookEndpoints) -> None:
    bad = await make(endpoints, "http://127.0.0.1:9/")
    await posting.announce_numbers("anna", 1)
    await damage(posting, bad)
    deliveries = WebhookDeliveries(db=posting.db, box=posting.box, runtime=posting.runtime)
    done = await deliveries.replay_since(Replay(bad, 0, None, (), 0))
    assert done.complete
    assert "pending" in await posting.states()


async def test_a_damaged_account_holds_up_nothing_but_what_needs_its_secrets(
    posting: House, endpoints: WebhookEndpoints, receiver: WebhookReceiver, quick_retries: None
) -> None:
    own = receiver.url_for("/own").replace("://", "://user:hush@")
    await posting.add_account("secretive", webhooks=own)
    await posting.add_account("plain", webhooks=receiver.url_for("/plain"))
    headers = [{"key": "X-Key", "value": "quiet"}]
    await posting.add_account("shared", webhooksCustomHeaders=headers)
    for account in ("secretive", "plain", "shared"):
        await damage_account(posting, account)
    made = await make(endpoints, receiver.url_for("/made"), events=["connectError"])
    async with posting.delivering():
        for account in ("secretive", "plain", "shared", "anna"):
            await posting.announce_numbers(account, 1)
        # Four to the endpoint that was made, one each for `plain` and `anna`.
        await receiver.wait_for_count(6)
        view = await fails(endpoints, "account:secretive")
        assert view.last_error["code"] == "SecretUnreadable"
        assert "'secretive'" in view.last_error["message"]
        assert "hush" not in str(view)
    paths = sorted(request.path for request in receiver.requests)
    assert paths == ["/made", "/made", "/made", "/made", "/plain", "/webhook"]
    for unharmed in ("global", "account:plain", made):
        found = await endpoints.get(unharmed)
        assert (found.last_error, found.paused_until) == (None, None), unharmed
    waiting = [row for row in await posting.rows() if row.state == "pending"]
    assert {row.account for row in waiting} == {"secretive", "shared"}
    assert {row.endpoint for row in waiting} == {"account:secretive", "global"}


async def test_what_needs_damaged_secrets_waits_at_a_global_url_that_was_down_before(posting: House) -> None:
    await posting.add_account("shared", webhooksCustomHeaders=[{"key": "X-Key", "value": "quiet"}])
    await damage_account(posting, "shared")
    await was_down(posting)
    async with posting.delivering():
        await posting.announce_numbers("shared", 1)

        async def tried() -> bool:
            return any(row.last_error for row in await posting.rows())

        await sooner_or_later(tried)
    (row,) = await posting.rows()
    assert (row.state, row.step) == ("pending", 1)


async def was_down(house: House) -> None:
    """Have the global URL stored as one whose pause is over."""
    down = {"failures": 3, "failing_since": 1_000, "paused_until": 2_000}
    row = {"id": "global", "kind": "global", "document": {}, "enabled": True, "created_at": 1, "updated_at": 1, **down}
    await house.db.write(lambda conn: conn.execute(sa.insert(webhook_endpoints).values(**row)) and None)
