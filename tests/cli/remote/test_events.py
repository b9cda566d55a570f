"""`postroom events tail` against a real gateway."""

from __future__ import annotations

import asyncio
import signal

import pytest

from postroom.cli.remote.events import line_of
from postroom.events.types import EVENT_NAMES
from postroom.schemas.answers.events import LoggedEvent
from tests.cli.remote.commands import CommandLine
from tests.fakes.imap_server import FakeImapServer
from tests.flows.gateway import Gateway, imap

with_gateway = pytest.mark.asyncio(loop_scope="session")

LETTER = b"From: Bob <bob@example.test>\r\nSubject: =?utf-8?q?=1B[2J_hello?=\r\n\r\nhello\r\n"


@with_gateway
async def test_events_come_as_they_happen_until_ctrl_c(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada-now", imap(mail, "ada"))
    await gateway.reaches("ada-now", "connected")
    (newest,) = (await gateway.ask("GET", "/v1/events?account=ada-now&type=accountInitialized"))["events"]
    with person.process("events", "tail", "--account", "ada-now", "--since", str(newest["seq"])) as tail:
        mail.append("ada", LETTER)
        await asyncio.to_thread(tail.wait_for, r"messageNew .*ada-now  INBOX: bob@example\.test")
        assert await asyncio.to_thread(tail.stop, signal.SIGINT) == 130
        assert not [line for line in tail.errors if "Traceback" in line]
        assert "\x1b" not in "".join(tail.output)


@with_gateway
async def test_past_events_are_json_lines(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    # The events of another test's `ada` stay in the log.
    await gateway.register("ada-of-the-past", imap(mail, "ada"))
    await gateway.reaches("ada-of-the-past", "connected")
    found = await person.read("events", "tail", "--account", "ada-of-the-past", "--since", "0", "--count", "2")
    assert [each["event"] for each in found] == ["accountAdded", "authenticationSuccess"]
    (one,) = await person.read("events", "tail", "--since", "0", "--type", "accountInitialized", "--count", "1")
    assert one["event"] == "accountInitialized"


@with_gateway
async def test_a_type_that_is_not_known_is_said(gateway: Gateway, person: CommandLine) -> None:
    done = await person.run("events", "tail", "--type", "nothingNew")
    assert done.status == 2
    assert "type" in done.err


def event(name: str, data: dict[str, object], path: str | None = "INBOX") -> LoggedEvent:
    told: LoggedEvent = {
        "seq": 7,
        "id": "x",
        "serviceUrl": None,
        "account": "ada",
        "date": "2026-01-02T03:04:05.000Z",
        "event": name,
        "data": data,
    }
    if path is not None:
        told["path"] = path
    return told


@pytest.mark.parametrize(
    ("name", "data", "path", "end"),
    [
        ("messageNew", {"from": {"address": "b@x"}, "subject": "Hi"}, "INBOX", "ada  INBOX: b@x Hi"),
        ("messageNew", {"subject": "\x1b[2J"}, "INBOX", "ada  INBOX: \N{REPLACEMENT CHARACTER}[2J"),
        ("authenticationError", {"response": "No", "serverResponseCode": "X"}, None, "ada  No"),
        ("mailboxNew", {"path": "Work", "name": "Work"}, "Work", "ada  Work"),
        ("accountAdded", {}, None, "ada"),
        ("messageNew", {"from": "odd", "subject": 3}, None, "ada"),
    ],
)
def test_a_line_says_what_is_worth_knowing(name: str, data: dict[str, object], path: str | None, end: str) -> None:
    line = line_of(event(name, data, path)).plain
    assert line.startswith("     7 2026-01-02T03:04:05.000Z ")
    assert line == line.rstrip()
    assert line.endswith(end)


def test_accounts_stand_below_one_another_whatever_the_event() -> None:
    lines = [line_of(event(name, {}, None)).plain for name in EVENT_NAMES]
    assert len({line.index(" ada") for line in lines}) == 1
