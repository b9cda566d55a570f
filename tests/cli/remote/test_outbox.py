"""`postroom outbox` against a real gateway and an SMTP server."""

from __future__ import annotations

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.smtp_server import FakeSmtpServer
from tests.flows.gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_unknown_outcome_is_decided(gateway: Gateway, person: CommandLine, smtp: FakeSmtpServer) -> None:
    smtp.drop_on("TAKEN")
    done = await person.run("send", "ada", "--to", "bob@example.test", "--text", "x", "--wait", "30")
    assert done.status == 1
    (item,) = await person.read("outbox", "list", "--account", "ada", "--state", "unknown")
    assert (await person.run("outbox", "resolve", item["queueId"], "--as", "perhaps")).status == 2
    resolved = await person.run("outbox", "resolve", item["queueId"], "--as", "sent")
    assert resolved.status == 0, resolved
    assert (await gateway.ask("GET", f"/v1/outbox/{item['queueId']}"))["state"] == "sent"
    assert (await person.run("outbox", "resolve", item["queueId"], "--as", "sent")).status == 1
    assert (await person.run("outbox", "resolve", "none", "--as", "sent")).status == 3
    assert (await person.run("outbox", "resolve", "..", "--as", "sent")).status == 2
