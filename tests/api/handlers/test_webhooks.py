"""Webhook endpoints over HTTP: made, changed, rotated, tried, delivered to, replayed, removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from postroom.api.reference.answers import DOCUMENTED
from postroom.api.routes.table import ROUTES
from postroom.clock import iso, now_ms
from postroom.connections.hosts.names import LOCALHOST
from postroom.schemas.examples import webhooks as hook_ex
from postroom.webhooks import retry
from postroom.webhooks.run import Webhooks
from tests.api.conftest import Client
from tests.api.handlers.test_tokens import issue
from tests.api.listening import announce
from tests.fakes.webhook_receiver import ReceivedRequest, WebhookReceiver, respond

URL = "https://app.example.com/hooks"


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    """A receiver that takes everything."""
    async with WebhookReceiver() as listening:
        yield listening


@asynccontextmanager
async def delivering(client: Client) -> AsyncIterator[None]:
    """Deliver webhooks, as the gateway does beside the API."""
    api = client.api
    webhooks = Webhooks(
        db=client.db,
        box=api.webhooks._box,
        runtime=api.runtime,
        settings=api.settings,
        node_id="node",
        figures=api.figures,
        lookups=LOCALHOST,
    )
    task = asyncio.create_task(webhooks.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def made(client: Client, url: str = URL, **more: Any) -> dict[str, Any]:
    """Make an endpoint; return the answer."""
    answer = await client.post("/v1/webhooks", {"url": url, **more})
    assert answer.status == 200, answer.text
    body: dict[str, Any] = answer.body
    return body


def of(event: str) -> Callable[[ReceivedRequest], bool]:
    return lambda request: request.json()["event"] == event


async def test_from_an_endpoint_to_a_replay(either_client: Client, receiver: WebhookReceiver) -> None:
    client = either_client
    await client.post("/v1/settings", {"serviceUrl": "https://mail.example.com"})
    endpoint = await made(client, receiver.url, events=["messageNew", "messageDeleted"])
    path, secret = f"/v1/webhooks/{endpoint['id']}", endpoint["secret"]
    await client.register("a")
    async with delivering(client):
        await announce(client, "a", "messageNew", uid=1)
        request = await receiver.wait_for()
        body = Webhook(secret).verify(request.body, dict(request.headers))
        assert (body["event"], body["account"], body["data"]) == ("messageNew", "a", {"uid": 1})

        rotated = (await client.post(f"{path}/rotate", {"overlap": 600})).body
        assert rotated["overlap"] == 600
        await announce(client, "a", "messageDeleted", uid=1)
        request = await receiver.wait_for(of("messageDeleted"))
        for good in (secret, rotated["secret"]):
            Webhook(good).verify(request.body, dict(request.headers))

        last = (await client.post(f"{path}/rotate", {"overlap": 0})).body["secret"]
        await eventually_delivered(client, endpoint["id"], 2)
        (newest, _) = (await client.get(f"{path}/deliveries?state=delivered")).body["deliveries"]
        answer = await client.post(f"{path}/deliveries/{newest['id']}/replay")
        assert answer.body == {"success": True, "delivery": newest["id"], "queued": True}
        again = (await receiver.wait_for_count(3))[2]
        assert again.headers["webhook-id"] == request.headers["webhook-id"] == newest["eventId"]
        assert again.body == request.body
        Webhook(last).verify(again.body, dict(again.headers))
        for old in (secret, rotated["secret"]):
            with pytest.raises(WebhookVerificationError):
                Webhook(old).verify(again.body, dict(again.headers))

        (logged,) = (await client.get("/v1/events?type=messageNew")).body["events"]
        since = {"since": logged["date"], "account": "a", "types": ["messageNew"]}
        assert (await client.post(f"{path}/replay", since)).body == {
            "success": True,
            "queued": 1,
            "complete": True,
            "after": logged["seq"],
        }
        copy = (await receiver.wait_for_count(4))[3]
        assert (copy.headers["webhook-id"], copy.json()["data"]) == (logged["id"], {"uid": 1})
        # The log shows what the webhook carried.
        assert logged == {"seq": logged["seq"], "id": logged["id"], **copy.json()}


async def test_the_secret_is_shown_once(client: Client) -> None:
    body = await made(
        client,
        "https://user:hush@app.example.com/hooks",
        customHeaders=[{"key": "X-Key", "value": "quiet"}, {"key": "X-Empty"}],
        metadata={"tenant": "42"},
        accounts=["a", "b"],
        description="orders",
    )
    assert body["secret"].startswith("whsec_")
    assert body["url"] == "https://******:******@app.example.com/hooks"
    path = f"/v1/webhooks/{body['id']}"
    details = (await client.get(path)).body
    assert details.pop("deliveries") == dict.fromkeys(("pending", "delivered", "dead", "dropped", "replayed"), 0)
    listed = next(each for each in (await client.get("/v1/webhooks")).body["webhooks"] if each["id"] == body["id"])
    changed = (await client.put(path, {})).body
    for shown in (details, listed, {**changed, "updated": details["updated"]}):
        assert shown == {**body, "secret": "******"}
    assert body["customHeaders"] == [{"key": "X-Key", "value": "******"}, {"key": "X-Empty", "value": ""}]
    assert (body["events"], body["accounts"], body["metadata"]) == (["*"], ["a", "b"], {"tenant": "42"})
    assert (body["kind"], body["enabled"], body["lastError"]) == ("endpoint", True, None)
    for answer in (await client.get(path), await client.get("/v1/webhooks")):
        assert not [word for word in (body["secret"], "hush", "quiet") if word in answer.text]


async def test_a_secret_of_ones_own(client: Client) -> None:
    mine = hook_ex.MADE_ENDPOINT["secret"]
    body = await made(client, secret=mine)
    assert body["secret"] == mine
    path = f"/v1/webhooks/{body['id']}/rotate"
    assert (await client.post(path, {"secret": mine})).body["secret"] == mine
    assert (await client.post(path)).body["overlap"] == 86_400
    for sent in ({"secret": "short"}, {"overlap": -1}, {"overlap": 10**9}):
        assert list(await client.problems("POST", path, sent)) == list(sent)


async def test_what_is_not_named_stays(client: Client) -> None:
    body = await made(client, events=["messageNew"], description="orders")
    path = f"/v1/webhooks/{body['id']}"
    changed = (await client.put(path, {"enabled": False, "url": "http://other.example.com/"})).body
    assert (changed["enabled"], changed["url"]) == (False, "http://other.example.com/")
    assert (changed["events"], changed["description"]) == (["messageNew"], "orders")
    assert (await client.put(path, {"events": ["*"]})).body["events"] == ["*"]


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "app.example.com",
        "",
        None,
        7,
        "https://",
        "http://169.254.169.254/latest/meta-data",
        "http://2852039166/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://metadata.google.internal/",
        "https://user:******@app.example.com/",
    ],
)
async def test_a_url_that_cannot_be_is_refused_by_name(client: Client, url: Any) -> None:
    assert list(await client.problems("POST", "/v1/webhooks", {"url": url})) == ["url"]
    path = f"/v1/webhooks/{(await made(client))['id']}"
    assert list(await client.problems("PUT", path, {"url": url})) == ["url"]


async def test_every_other_problem_is_named_at_once(client: Client) -> None:
    problems = await client.problems(
        "POST",
        "/v1/webhooks",
        {"url": URL, "events": ["messageOld"], "accounts": "a", "metadata": {"a": 1}, "colour": "red"},
    )
    assert set(problems) == {"events.0", "accounts", "metadata.a", "colour"}
    headers = [{"key": "Host", "value": "x"}, {"key": "X", "value": "******"}]
    problems = await client.problems("POST", "/v1/webhooks", {"url": URL, "customHeaders": headers})
    assert set(problems) == {"customHeaders.0.key", "customHeaders.1.value"}
    path = f"/v1/webhooks/{(await made(client))['id']}"
    assert list(await client.problems("PUT", path, {"secret": "******"})) == ["secret"]
    for since in ({}, {"since": None}, {"since": "yesterday"}):
        assert list(await client.problems("POST", f"{path}/replay", since)) == ["since"]
    assert list(await client.problems("GET", f"{path}/deliveries?state=lost", None)) == ["state"]


async def test_private_addresses_are_refused_on_the_operators_wish(with_settings: Callable[..., Any]) -> None:
    async with with_settings(webhook_private_addresses=False) as client:
        for url in ("http://127.0.0.1/", "http://10.0.0.1/", "http://[fd00::1]/"):
            assert list(await client.problems("POST", "/v1/webhooks", {"url": url})) == ["url"]
        await made(client)


async def test_the_targets_in_the_settings(client: Client, receiver: WebhookReceiver) -> None:
    (shown,) = (await client.get("/v1/webhooks")).body["webhooks"]
    assert (shown["id"], shown["kind"], shown["url"], shown["enabled"]) == ("global", "global", None, True)
    await client.post("/v1/settings", {"webhooks": receiver.url})
    await client.register("a", webhooks=receiver.url_for("/own"))
    assert (await client.get("/v1/webhooks/global")).body["url"] == receiver.url
    assert list(await client.problems("PUT", "/v1/webhooks/global", {"url": URL})) == ["url"]
    for answer in (
        await client.delete("/v1/webhooks/global"),
        await client.post("/v1/webhooks/global/rotate"),
        await client.get("/v1/webhooks/account:nobody"),
    ):
        assert (answer.status, answer.body["code"]) == (404, "WebhookNotFound")
    assert (await client.post("/v1/webhooks/global/test")).body["success"] is True
    async with delivering(client):
        await announce(client, "a", "messageNew")
        await receiver.wait_for(lambda request: request.path == "/own" and request.json()["event"] == "messageNew")
        await eventually_delivered(client, "account:a", 2)
    own = (await client.get("/v1/webhooks/account:a")).body
    assert (own["kind"], own["url"], own["deliveries"]["delivered"]) == ("account", receiver.url_for("/own"), 2)


async def test_a_target_in_the_settings_can_be_switched_off_and_on(client: Client) -> None:
    await client.register("a", webhooks=URL)
    await client.register("b")
    for path in ("/v1/webhooks/global", "/v1/webhooks/account:a"):
        for enabled in (False, True):
            assert (await client.get(path)).body["enabled"] is not enabled
            assert (await client.put(path, {"enabled": enabled})).body["enabled"] is enabled
    assert [each["id"] for each in (await client.get("/v1/webhooks")).body["webhooks"]] == ["global", "account:a"]
    for method in ("GET", "PUT"):
        answer = await client.ask(method, "/v1/webhooks/account:b", {} if method == "PUT" else None)
        assert answer.status == 404


async def eventually_delivered(client: Client, endpoint: str, count: int) -> None:
    async with asyncio.timeout(5):
        while (await client.get(f"/v1/webhooks/{endpoint}/deliveries?state=delivered")).body["total"] < count:
            await asyncio.sleep(0.02)


async def test_unknown_ids(client: Client) -> None:
    for method, path in (
        ("GET", ""),
        ("PUT", ""),
        ("DELETE", ""),
        ("POST", "/rotate"),
        ("POST", "/test"),
        ("GET", "/deliveries"),
        ("POST", "/replay"),
    ):
        body = {"since": iso(now_ms())} if path == "/replay" else {} if method in ("PUT", "POST") else None
        answer = await client.ask(method, f"/v1/webhooks/wh_none{path}", body)
        assert (answer.status, answer.body["code"]) == (404, "WebhookNotFound"), (method, path)
    for number in ("1", "x", "9" * 30, "-1"):
        answer = await client.post(f"/v1/webhooks/global/deliveries/{number}/replay")
        assert (answer.status, answer.body["code"]) == (404, "DeliveryNotFound")
    assert (await client.get("/v1/webhooks/a%00b")).status == 400


async def test_a_removed_endpoint_is_gone(client: Client) -> None:
    endpoint = await made(client)
    path = f"/v1/webhooks/{endpoint['id']}"
    assert (await client.delete(path)).body == {"success": True, "id": endpoint["id"], "deleted": True}
    assert (await client.get(path)).status == 404


async def test_a_trial_says_what_came_of_it(client: Client, receiver: WebhookReceiver) -> None:
    endpoint = await made(client, receiver.url)
    path = f"/v1/webhooks/{endpoint['id']}/test"
    trial = (await client.post(path)).body
    assert (trial["success"], trial["status"], trial["code"]) == (True, 200, None)
    (request,) = receiver.requests
    assert request.headers["webhook-id"] == trial["eventId"]
    assert Webhook(endpoint["secret"]).verify(request.body, dict(request.headers))["event"] == "test"
    receiver.answer_with(respond(500))
    trial = (await client.post(path)).body
    assert (trial["success"], trial["status"]) == (False, 500)
    assert "500" in trial["message"]
    trial = (await client.post("/v1/webhooks/global/test")).body
    assert (trial["success"], trial["status"], trial["code"]) == (False, None, "NoTarget")
    assert (await client.get("/v1/events")).body["events"] == []


@pytest.mark.long
async def test_deliveries_are_listed_and_dead_ones_replayed(
    client: Client, receiver: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "SCHEDULE", ())
    receiver.answer_with(respond(400))
    endpoint = await made(client, receiver.url, events=["messageNew", "mailboxNew"], metadata={"tier": "gold"})
    path = f"/v1/webhooks/{endpoint['id']}"
    for account in ("a", "b", "c"):
        await client.register(account, metadata={"tier": "gold"} if account != "c" else {})
    async with delivering(client):
        for account in ("a", "b", "c"):
            await announce(client, account, "messageNew", "mailboxNew")
        async with asyncio.timeout(10):
            while (await client.get(f"{path}/deliveries?state=dead")).body["total"] < 4:
                await asyncio.sleep(0.05)
        page = (await client.get(f"{path}/deliveries?state=dead&account=a&event=mailboxNew")).body
        (dead,) = page["deliveries"]
        assert (page["total"], page["page"], page["pages"]) == (1, 0, 1)
        assert (dead["account"], dead["event"], dead["status"], dead["attempts"]) == ("a", "mailboxNew", 400, 1)
        assert (await client.get(f"{path}/deliveries?pageSize=3")).body["pages"] == 2
        shown = (await client.get(path)).body
        assert shown["deliveries"]["dead"] == 4
        assert shown["lastError"]["statusCode"] == 400

        receiver.answer_with(respond(200))
        assert (await client.post(f"{path}/replay", {"since": "2000-01-01T00:00:00Z"})).body["queued"] == 4
        await eventually_delivered(client, endpoint["id"], 4)
    assert (await client.get(path)).body["deliveries"]["replayed"] == 4


async def test_nothing_is_said_to_be_queued_that_cannot_be_sent(client: Client, receiver: WebhookReceiver) -> None:
    endpoint = await made(client, receiver.url)
    path = f"/v1/webhooks/{endpoint['id']}"
    await client.register("a")
    async with delivering(client):
        await eventually_delivered(client, endpoint["id"], 1)
    (delivery,) = (await client.get(f"{path}/deliveries")).body["deliveries"]
    asked: tuple[tuple[str, dict[str, Any]], ...] = (
        (f"{path}/replay", {"since": "2000-01-01T00:00:00Z"}),
        (f"{path}/deliveries/{delivery['id']}/replay", {}),
    )

    async def refusals() -> list[tuple[int, str, str]]:
        answers = [await client.post(*each) for each in asked]
        return [(each.status, each.body["code"], each.body["message"].partition(":")[0]) for each in answers]

    await client.put(path, {"enabled": False})
    assert await refusals() == [(400, "WebhookDisabled", "The endpoint is switched off")] * 2
    await client.put(path, {"enabled": True})
    await client.post("/v1/settings", {"webhooksEnabled": False})
    assert await refusals() == [(400, "WebhookDisabled", "Webhooks are switched off")] * 2
    await client.post("/v1/settings", {"webhooksEnabled": True})
    assert [(await client.post(*each)).status for each in asked] == [200, 200]


async def test_who_may_do_what(client: Client) -> None:
    path = f"/v1/webhooks/{(await made(client))['id']}"
    await client.register("a")
    reader = await issue(client, permissions={"actions": ["read"], "groups": ["webhook"]})
    writer = await issue(client, permissions={"groups": ["webhook"]})
    bound = await issue(client, account="a")
    replay = {"since": iso(now_ms())}
    for read in ("/v1/webhooks", path, f"{path}/deliveries"):
        assert [(await each.get(read)).status for each in (reader, writer, bound)] == [200, 200, 403]
    assert [(await each.post(f"{path}/replay", replay)).status for each in (reader, writer, bound)] == [403, 200, 403]
    for method, admin in (("POST", "/v1/webhooks"), ("PUT", path), ("DELETE", path), ("POST", f"{path}/rotate")):
        body = {"url": URL} if method != "DELETE" else None
        assert [(await each.ask(method, admin, body)).status for each in (reader, writer, bound)] == [403] * 3


async def test_the_examples_are_accepted_as_they_are_printed(client: Client) -> None:
    answer = await client.post("/v1/webhooks", hook_ex.NEW_ENDPOINT)
    order = sorted(
        (route for route in ROUTES if route.path.startswith("/v1/webhooks/") and "{delivery}" not in route.path),
        key=lambda route: route.method == "DELETE",
    )
    assert len(order) == 7
    for route in order:
        path = route.path.replace("{id}", answer.body["id"])
        if not path.endswith("/test"):
            done = await client.ask(route.method, path, DOCUMENTED[route.operation].body_example)
            assert done.status == 200, (route.path, done.text)
