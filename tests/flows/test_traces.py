"""One trace from the mail server's EXISTS to the receiver's 2xx, and one from a call to the mail server's reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from postroom.app import Running, run_gateway
from postroom.settings import Settings
from postroom.traces import begin
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@asynccontextmanager
async def traced_gateway(folder: Path, exporter: InMemorySpanExporter) -> AsyncIterator[aiohttp.ClientSession]:
    """A gateway in this process, whose spans end in the exporter, and a client of its API."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    end = begin("0", provider)
    ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    settings = Settings(data_dir=folder / "data", port=0, token="t", _env_file=None)
    try:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(run_gateway(settings, ready=ready.set_result))
            url = (await ready).base_url
            async with aiohttp.ClientSession(url, headers={"authorization": "Bearer t"}) as session:
                yield session
            running.cancel()
    finally:
        end()


async def ask(session: aiohttp.ClientSession, method: str, path: str, body: Any = None, **headers: str) -> Any:
    async with session.request(method, path, json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


def traces_of(exporter: InMemorySpanExporter) -> dict[int, list[ReadableSpan]]:
    """The spans by their trace, in the order in which they began."""
    found: dict[int, list[ReadableSpan]] = {}
    for each in sorted(exporter.get_finished_spans(), key=lambda each: each.start_time or 0):
        assert each.context is not None
        found.setdefault(each.context.trace_id, []).append(each)
    return found


async def connected(session: aiohttp.ClientSession) -> None:
    while (await ask(session, "GET", "/v1/account/a"))["state"] != "connected":
        await asyncio.sleep(0.02)


def account(mail: FakeImapServer, **more: Any) -> dict[str, Any]:
    auth = {"user": "a", "pass": "pass"}
    imap = {"host": mail.host, "port": mail.port, "secure": False, "auth": auth}
    return {"account": "a", "name": "a", "email": "a@example.com", "imap": imap, **more}


async def test_from_new_mail_to_the_receiver(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    async with (
        FakeImapServer() as mail,
        WebhookReceiver() as receiver,
        traced_gateway(tmp_path, exporter) as session,
    ):
        await ask(session, "POST", "/v1/settings", {"webhooks": receiver.url, "webhookEvents": ["messageNew"]})
        await ask(session, "POST", "/v1/account", account(mail))
        await connected(session)
        mail.append("a", b"Subject: hidden-subject\r\n\r\nhidden-text\r\n")
        await eventually(lambda: receiver.requests)

        def whole() -> list[ReadableSpan]:
            found = [each for each in traces_of(exporter).values() if each[0].name == "mailbox.news"]
            return next((each for each in found if any(one.name == "webhook.post" for one in each)), [])

        await eventually(whole)
        spans = whole()
        names = [each.name for each in spans]
        assert names[0] == "mailbox.news"
        assert {"sync.fetch", "sync.store", "webhook.wait", "webhook.post"} <= set(names)
        post = next(each for each in spans if each.name == "webhook.post")
        facts = dict(post.attributes or {})
        assert (facts["account"], facts["endpoint"]) == ("a", "global")
        assert facts["http.response.status_code"] == 200
        assert facts["event_id"] == receiver.requests[0].headers["webhook-id"]
        sent = receiver.requests[0].headers["traceparent"]
        assert post.context is not None
        assert sent.startswith(f"00-{post.context.trace_id:032x}-{post.context.span_id:016x}-0")
    assert "sign-in" in {each.name for each in exporter.get_finished_spans()}
    told = "".join(each.to_json() for each in exporter.get_finished_spans())
    assert "hidden" not in told
    assert '"pass"' not in told


async def test_from_a_call_to_the_reply_of_the_server(tmp_path: Path) -> None:
    exporter = InMemorySpanExporter()
    async with FakeImapServer() as mail, FakeSmtpServer() as sending, traced_gateway(tmp_path, exporter) as session:
        smtp = {"host": sending.host, "port": sending.port, "secure": False, "auth": {"user": "a", "pass": "pass"}}
        await ask(session, "POST", "/v1/account", account(mail, smtp=smtp))
        await connected(session)
        message = {"to": [{"address": "b@example.com"}], "text": "hello"}
        await ask(session, "POST", "/v1/account/a/submit", message, traceparent=CALLER)

        def mine() -> list[ReadableSpan]:
            return traces_of(exporter).get(int(CALLER.split("-")[1], 16), [])

        await eventually(lambda: any(each.name == "message.send" for each in mine()))
        names = [each.name for each in mine()]
        assert names[0] == "POST /v1/account/{account}/submit"
        send = next(each for each in mine() if each.name == "message.send")
        assert dict(send.attributes or {})["smtp.response.code"] == 250
