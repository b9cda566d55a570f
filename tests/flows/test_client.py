"""Both clients against a real gateway: what programs do all day, and what they must survive."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio

from postroom.client import Conflict, NotFound, Retries, TokenRefused, Unavailable, verify_webhook
from postroom.client.asynchronous import AsyncPostroom
from postroom.client.blocking import Postroom
from postroom.webhooks.endpoints.signing import standard_signature
from tests.fakes.fault_proxy import FaultProxy
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import TOKEN, Gateway, imap, sooner_or_later
from tests.house.modules import PROJECT

pytestmark = pytest.mark.asyncio(loop_scope="module")

LETTER = b"From: ann@example.test\r\nSubject: Report\r\nMessage-ID: <report@example.test>\r\n\r\nSee below.\r\n"
PATIENT = Retries(attempts=20, first_wait=0.02, longest_wait=0.5)
NOWHERE = {"host": "127.0.0.1", "port": 1, "secure": False, "disabled": True}
SMTP = {"host": "127.0.0.1", "port": 1, "secure": False, "auth": {"user": "u", "pass": "p"}}
MESSAGE: dict[str, Any] = {
    "from": {"address": "ada@example.test"},
    "to": [{"address": "bob@example.test"}],
    "subject": "Offer",
    "text": "Hello",
    "sendAt": "2100-01-01T00:00:00Z",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Gateway]:
    """A gateway of its own: it is killed, and its lists are counted."""
    async with Gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@asynccontextmanager
async def through_faults(gateway: Gateway) -> AsyncIterator[tuple[FaultProxy, AsyncPostroom]]:
    """A client whose way to the gateway can be broken."""
    at = urlsplit(gateway.url)
    assert at.port is not None
    async with (
        FaultProxy("127.0.0.1", at.port) as proxy,
        AsyncPostroom(f"http://127.0.0.1:{proxy.port}", TOKEN, retries=PATIENT) as client,
    ):
        yield proxy, client


async def register(client: AsyncPostroom, account: str) -> None:
    body: Any = {"account": account, "name": account, "imap": NOWHERE, "smtp": SMTP}
    await client.accounts.register(body)


async def test_a_day_with_mail(gateway: Gateway) -> None:
    async with FakeImapServer() as mail, AsyncPostroom(gateway.url, TOKEN) as client:
        body: Any = {"account": "day/1", "name": "Ada", "imap": imap(mail, "ada"), "smtp": False}
        assert (await client.accounts.register(body))["account"] == "day/1"  # type: ignore[typeddict-item]
        await gateway.reaches("day/1", "connected")
        versioned = await client.accounts.read("day/1")
        assert versioned.value["name"] == "Ada"
        await client.accounts.update("day/1", {"name": "Ada L."}, if_match=versioned.version)
        with pytest.raises(Conflict, match="PreconditionFailed"):
            await client.accounts.update("day/1", {"name": "Eve"}, if_match=versioned.version)
        mail.append("ada", LETTER)
        (message,) = [found async for found in client.messages.list("day/1")]
        assert message["subject"] == "Report"
        whole = await client.messages.get("day/1", message["id"], text_type="plain")
        assert whole["text"]["plain"] == "See below.\n"
        assert await client.messages.source("day/1", message["id"]) == LETTER
        found = [each["id"] async for each in client.messages.search("day/1", {"subject": "Report"}, folder="INBOX")]
        assert found == [message["id"]]
        assert "INBOX" in [each["path"] async for each in client.folders.list("day/1", counters=True)]
        uploaded = await client.messages.upload(
            "day/1", {"path": "INBOX", "raw": b"Subject: Raw\r\n\r\nOctets\r\n", "flags": ["\\Seen"]}
        )
        changed = await client.messages.update("day/1", uploaded["id"], {"flags": {"add": ["\\Flagged"]}})
        assert changed["flags"]["add"] is True
        assert (await client.messages.delete("day/1", uploaded["id"], force=True))["deleted"] is True
        assert (await client.accounts.diagnose("day/1"))["success"] is True
        events = [event["event"] async for event in client.events.read(account="day/1", types=["accountAdded"])]
        assert events == ["accountAdded"]
        assert (await client.accounts.delete("day/1"))["deleted"] is True
        with pytest.raises(NotFound, match="not found"):
            await client.accounts.get("day/1")


async def test_the_same_without_asyncio(gateway: Gateway) -> None:
    def story() -> None:
        with Postroom(gateway.url, TOKEN) as client:
            body: Any = {"account": "plain", "name": "Ada", "imap": NOWHERE, "smtp": SMTP}
            client.accounts.register(body)
            assert "plain" in [found["account"] for found in client.accounts.list(query="plain")]
            assert [found["changes"] for found in client.accounts.timeline("plain") if "changes" in found] == []
            queued = client.submissions.submit("plain", MESSAGE)  # type: ignore[arg-type]
            assert [each["queueId"] for each in client.outbox.list(account="plain")] == [queued["queueId"]]
            assert client.outbox.cancel(queued["queueId"])["deleted"] is True
            with client.events.stream(since=0, account="plain") as events:
                assert next(events)["event"] == "accountAdded"
            assert client.settings.change({"pageBrandName": "Post"})["updated"] == ["pageBrandName"]
            assert client.settings.get("pageBrandName")["pageBrandName"] == "Post"
            assert [node["state"] for node in client.nodes.list()] == ["active"]
            assert "postroom_accounts" in client.health.metrics()
            issued = client.tokens.issue({"description": "For a test"})
            with Postroom(gateway.url, issued["token"]) as limited:
                assert limited.accounts.get("plain")["name"] == "Ada"
                assert client.tokens.delete(issued["id"])["deleted"] is True
                with pytest.raises(TokenRefused) as refused:
                    limited.accounts.get("plain")
            assert issued["token"] not in str(refused.value)
            client.accounts.delete("plain")

    await asyncio.to_thread(story)


async def test_an_account_that_is_not_connected_is_told_at_once(gateway: Gateway) -> None:
    async with AsyncPostroom(gateway.url, TOKEN) as client:
        await register(client, "away")
        with pytest.raises(Unavailable) as caught:
            await client.messages.page("away")
        assert caught.value.details["state"] == "unset"
        await client.accounts.delete("away")


class LosesAnswers(httpx.AsyncHTTPTransport):
    """A network that loses the first answers to submissions."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.left = count

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if request.url.path.endswith("/submit") and self.left:
            self.left -= 1
            await response.aread()
            await response.aclose()
            raise httpx.ReadError("the answer was lost")
        return response


async def test_a_message_whose_answers_are_lost_is_queued_once(gateway: Gateway) -> None:
    network = LosesAnswers(3)
    async with AsyncPostroom(gateway.url, TOKEN, retries=PATIENT, transport=network) as client:
        await register(client, "sender")
        answer = await client.submissions.submit("sender", MESSAGE)  # type: ignore[arg-type]
        assert (answer["idempotency"]["status"], network.left) == ("HIT", 0)
        assert [each["queueId"] async for each in client.outbox.list(account="sender")] == [answer["queueId"]]
        await client.accounts.delete("sender")


async def test_a_message_whose_connection_breaks_is_queued_once(gateway: Gateway) -> None:
    async with through_faults(gateway) as (proxy, client):
        await register(client, "cut")
        proxy.lose_answer(b"/submit")
        answer = await client.submissions.submit("cut", MESSAGE)  # type: ignore[arg-type]
        assert (answer["idempotency"]["status"], proxy.losses) == ("HIT", 1)
        assert [each["queueId"] async for each in client.outbox.list(account="cut")] == [answer["queueId"]]
        await client.accounts.delete("cut")


async def test_a_stream_over_many_breaks_has_every_event_once(gateway: Gateway) -> None:
    async with through_faults(gateway) as (proxy, client), AsyncPostroom(gateway.url, TOKEN) as direct:
        begin = (await direct.events.page(since=0, limit=1000))["cursor"]
        heard: list[int] = []

        async def produce() -> None:
            for number in range(60):
                await register(direct, f"s{number}")
                if number % 4 == 0:
                    proxy.cut(reset=number % 8 == 0)
                if number % 10 == 5:
                    proxy.cut_after(700)
            for number in range(60):
                await direct.accounts.delete(f"s{number}")

        async def listen() -> None:
            async with client.events.stream(since=begin, types=["accountAdded", "accountDeleted"]) as events:
                async for event in events:
                    heard.append(event["seq"])
                    if len(heard) == 120:
                        return

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(listen())
            group.create_task(produce())
        wanted = direct.events.read(since=begin, types=["accountAdded", "accountDeleted"], page_size=50)
        assert heard == [event["seq"] async for event in wanted]
        assert proxy.connections > 5


async def test_a_stream_that_begins_now_loses_nothing_at_its_first_break(gateway: Gateway) -> None:
    async with through_faults(gateway) as (proxy, client), AsyncPostroom(gateway.url, TOKEN) as direct:
        async with client.events.stream() as events:
            first = asyncio.ensure_future(anext(events))
            await sooner_or_later(_async(lambda: events.cursor is not None))
            await proxy.refuse()
            proxy.cut()
            await register(direct, "meanwhile")
            await proxy.accept()
            event = await first
            assert (event["account"], event["event"]) == ("meanwhile", "accountAdded")
        await direct.accounts.delete("meanwhile")


async def test_a_stream_survives_the_death_of_the_gateway(gateway: Gateway) -> None:
    async with through_faults(gateway) as (proxy, client), client.events.stream(types=["accountAdded"]) as events:
        following = asyncio.ensure_future(anext(events))
        await sooner_or_later(_async(lambda: events.cursor is not None))
        await register(client, "before")
        assert (await following)["account"] == "before"
        following = asyncio.ensure_future(anext(events))
        await gateway.restart()
        port = urlsplit(gateway.url).port
        assert port is not None
        proxy.forward_to("127.0.0.1", port)
        await register(client, "after")
        assert (await following)["account"] == "after"
        for account in ("before", "after"):
            await client.accounts.delete(account)


async def test_a_list_that_changes_hides_and_repeats_nothing(gateway: Gateway) -> None:
    async with AsyncPostroom(gateway.url, TOKEN) as client:
        names = [f"list{number:03}" for number in range(70)]
        for name in names:
            await register(client, name)
        seen: list[str] = []
        async for found in client.accounts.list(query="list", page_size=20):
            seen.append(found["account"])
            # Everything before a third moves forward, and something comes in front.
            if len(seen) % 3 == 0:
                await client.accounts.delete(found["account"])
                await register(client, f"list000-{len(seen)}")
        assert [name for name in seen if name in names] == names
        assert len(seen) == len(set(seen))
        async for found in client.accounts.list(query="list", page_size=20):
            await client.accounts.delete(found["account"])
        assert (await client.accounts.page(query="list"))["total"] == 0


async def test_webhooks_are_verified(gateway: Gateway) -> None:
    async with WebhookReceiver() as receiver, AsyncPostroom(gateway.url, TOKEN) as client:
        await client.settings.change({"serviceSecret": "the service secret", "webhooks": f"{receiver.url}/settings"})
        made = await client.webhooks.create({"url": f"{receiver.url}/own", "events": ["accountAdded"]})
        await register(client, "hooked")
        own = await receiver.wait_for(lambda each: each.path.endswith("/own"))
        event = client.verify_webhook(own.headers, own.body, made["secret"])
        assert (event["event"], event["account"]) == ("accountAdded", "hooked")
        settings = await receiver.wait_for(lambda each: each.path.endswith("/settings"))
        assert verify_webhook(settings.headers, settings.body, "the service secret")["account"] == "hooked"
        old = {"X-EE-Wh-Signature": settings.headers["x-ee-wh-signature"]}
        assert verify_webhook(old, settings.body, "the service secret", legacy=True)["account"] == "hooked"
        assert [each["event"] async for each in client.webhooks.deliveries(made["id"])] == ["accountAdded"]
        await client.settings.change({"webhooks": None})
        await client.webhooks.delete(made["id"])
        await client.accounts.delete("hooked")


async def test_the_examples_of_the_documentation_work(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (PROJECT / "docs/client.md").read_text(encoding="utf-8"), re.DOTALL)
    async with AsyncPostroom(gateway.url, TOKEN) as client, FakeImapServer() as mail:
        await register(client, "example")
        mail.append("box", LETTER)
        await gateway.register("box", imap(mail, "box"))
        await gateway.reaches("box", "connected")
        await gateway.reaches("example", "unset")
        for name, value in (("URL", gateway.url), ("TOKEN", TOKEN), ("ACCOUNT", "example"), ("MAILBOX", "box")):
            monkeypatch.setenv(name, value)
        names: dict[str, Any] = {}
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        for block in blocks:
            names = {}
            await asyncio.to_thread(exec, block, names)
        await gateway.delete("box")
    told = capsys.readouterr().out
    for words in ("example unset", "'success': True", "accountAdded", "queued", ".eml message/rfc822"):
        assert words in told
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [LETTER]
    body = json.dumps({"account": "ada", "event": "messageNew"}).encode()
    stamp = int(time.time())
    headers = {"webhook-id": "evt-1", "webhook-timestamp": str(stamp)}
    signature = standard_signature([names["SECRET"]], "evt-1", stamp, body)
    assert names["receive"]({**headers, "webhook-signature": signature}, body) == 204
    assert names["receive"]({**headers, "webhook-signature": signature}, body + b" ") == 401
    await gateway.delete("example")


def _async(condition: Any) -> Any:
    async def answer() -> bool:
        return bool(condition())

    return answer
