"""What an operator reads in the log: what became of each account and webhook endpoint, and why, and no secret."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.cli.postroom_program import START_LIMIT, Program, running
from tests.fakes.imap_server import FakeImapServer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver, respond
from tests.flows.gateway import FAST, Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


def about(gateway: Gateway, *parts: str) -> list[str]:
    """The lines that hold all of these."""
    return [line for line in gateway.log if all(part in line for part in parts)]


async def test_each_change_of_an_account_is_a_line_with_its_cause(tmp_path: Path, mail: FakeImapServer) -> None:
    async with Gateway(tmp_path, log_level="info") as gateway:
        await gateway.register("good", imap(mail, "good"))
        await gateway.reaches("good", "connected")
        await gateway.register("bad", imap(mail, "bad", "not-the-password"))
        await gateway.reaches("bad", "authenticationError")
        # The state is stored before the line is written.
        await eventually(lambda: about(gateway, "account is authenticationError", "account=bad"))
        await eventually(lambda: about(gateway, "account is connected ", "account=good", "before=syncing", "cause="))
        assert len(about(gateway, "account=good")) == 2
        assert not about(gateway, "account is connecting") + about(gateway, "account is syncing")
        (refused,) = about(gateway, "account is authenticationError")
        assert re.search(r"cause='login: .+' code=\w+", refused)
        await gateway.delete("good")
        await eventually(lambda: about(gateway, "account deleted", "account=good"))
        assert about(gateway, "schema migrated", "before=None")
        assert about(gateway, "Postroom is ready at", "version=", "engine=sqlite", "node=", "workers=1")
        assert await gateway.terminate() == 0
        assert not about(gateway, "signing in")
        assert not [line for line in gateway.log if "not-the-password" in line or FAST["token"] in line]


async def test_attempts_are_told_to_who_debugs(gateway: Gateway, mail: FakeImapServer) -> None:
    await gateway.register("debugged", imap(mail, "debugged"))
    await gateway.reaches("debugged", "connected")
    assert about(gateway, "signing in", "account=debugged", f"port={mail.port}")
    for state in ("connecting", "syncing", "connected"):
        await eventually(partial(about, gateway, f"account is {state} ", "account=debugged", "cause="))
    await eventually(lambda: about(gateway, "webhook posted", "account=debugged", "endpoint=global", "event_id="))


async def test_an_endpoint_that_pauses_and_returns_is_two_lines(tmp_path: Path, mail: FakeImapServer) -> None:
    async with WebhookReceiver() as receiver, Gateway(tmp_path, log_level="info") as gateway:
        receiver.answer_with(respond(503))
        await gateway.post_webhooks_to(receiver.url_for("/a-secret-path"))
        await gateway.register("a", imap(mail, "a"))
        await eventually(lambda: about(gateway, "webhook endpoint pauses"), 60)
        receiver.answer_with(respond(200))
        await eventually(lambda: about(gateway, "webhook endpoint is back"), 60)
        (pause,) = about(gateway, "webhook endpoint pauses")
        assert re.search(r"code=\S+ .*endpoint=global .*message=.*until=20", pause)
        (back,) = about(gateway, "webhook endpoint is back")
        assert "endpoint=global" in back
        assert not about(gateway, "a-secret-path")


async def test_a_webhook_that_is_given_up_is_a_line_that_names_its_event(tmp_path: Path, mail: FakeImapServer) -> None:
    async with WebhookReceiver() as receiver, Gateway(tmp_path, log_level="info") as gateway:
        receiver.answer_with(respond(410))
        await gateway.post_webhooks_to(receiver.url_for("/a-secret-path"))
        await gateway.register("a", imap(mail, "a"))
        await eventually(lambda: about(gateway, "webhook given up", "account=a", "endpoint=global"), 60)
        (line,) = about(gateway, "webhook given up")
        assert re.search(r"attempts=1 .*error=.*410.* event_id=[0-9a-f-]{36} kind=accountAdded", line)
        assert not about(gateway, "a-secret-path")


async def json_lines(program: Program) -> list[dict[str, Any]]:
    await eventually(lambda: any("Postroom is ready" in line for line in program.errors))
    return [json.loads(line) for line in program.errors]


async def test_in_json_there_is_nothing_else_on_either_stream(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0", log_format="json", access_log="true", prot="1") as program:
        lines = await json_lines(program)
        (ready,) = [line["event"] for line in lines if "Postroom is ready" in line["event"]]
        gateway = Gateway(tmp_path)
        gateway.url = ready.partition(" at ")[2]
        assert (await gateway.call("GET", "/v1/account/ada?access_token=hidden-token")).status == 401
        assert (await gateway.call("GET", "/hidden-token")).status == 404
        assert (await gateway.call("GET", "/accounts/new?data=hidden-token")).status >= 400
        await eventually(lambda: len([line for line in program.errors if '"access"' in line]) == 3)
        assert await asyncio.to_thread(program.stop) == 0
    assert program.output == []
    lines = [json.loads(line) for line in program.errors]
    assert "hidden-token" not in "".join(program.errors)
    asked = [line for line in lines if line["room"] == "access"]
    assert [(line["method"], line["route"], line["status"]) for line in asked[:2]] == [
        ("GET", "/v1/account/{account}", 401),
        ("GET", "-", 404),
    ]
    assert asked[0]["account"] == "ada"
    assert asked[2]["route"] == "/accounts/new"
    assert all(line["client"] == "127.0.0.1" and line["ms"] >= 0 for line in asked)
    (unknown,) = [line for line in lines if "POSTROOM_PROT" in line["event"]]
    assert (unknown["level"], unknown["event"][-27:]) == ("warning", "Did you mean POSTROOM_PORT?")
    (token,) = [line["event"] for line in lines if "first API token is in" in line["event"]]
    assert str(tmp_path / "data" / "first-token") in token
    assert [line["level"] for line in lines if line["event"] == "stopping in order"] == ["info"]


async def test_in_json_the_last_words_are_json(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--port", "0", log_format="json", database_url="sqlite:////proc/x/y.db") as program:
        assert await asyncio.to_thread(program.process.wait, START_LIMIT) == 1
    (line,) = map(json.loads, program.errors)
    assert line["level"] == "error"
    assert "/proc/x" in line["event"]
