"""What a mail server left out, or what happened while it was out of reach, is told soon and once."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.imap.messages import fetch, tell_messages
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, names_of
from tests.flows.replay import read_log

pytestmark = pytest.mark.asyncio(loop_scope="session")

LETTER = b"Subject: %d\r\n\r\nhello\r\n"


async def test_what_a_throttled_server_left_out_is_announced_before_the_next_comparison(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    refused = 0

    async def half_twice(session: Session, command: Command) -> None:
        nonlocal refused
        numbered = mail.mailbox("throttled").chosen(command.text(0), by_uid=True)
        if "ENVELOPE" not in command.raw.decode() or len(numbered) < 2 or refused >= 2:
            await fetch(session, command)
            return
        refused += 1
        await tell_messages(session, command, numbered[::2])
        await session.tagged(command, "NO", "[THROTTLED] slow down")

    await gateway.register("throttled", imap(mail, "throttled"))
    await gateway.reaches("throttled", "connected")
    mail.behave_now(Behaviour(on_command={"UID FETCH": half_twice}))
    await mail.drop_connections("throttled")
    for number in range(12):
        mail.append("throttled", LETTER % number)
    await eventually(lambda: names_of(receiver, "throttled").count("messageNew") == 12)
    assert refused == 2
    # Nothing comes twice, also when everything is compared again.
    await gateway.tell("throttled", "sync")
    await asyncio.sleep(1)
    told = [each["data"]["subject"] for each in events_of(receiver, "throttled") if each["event"] == "messageNew"]
    assert sorted(told, key=int) == [str(number) for number in range(12)]
    assert "messageMissing" not in names_of(receiver, "throttled")


@pytest.mark.parametrize("refusals", [2, 1000], ids=["twice", "always"])
async def test_a_folder_of_which_a_throttled_server_would_not_tell_is_looked_at_soon(
    tmp_path: Path, mail: FakeImapServer, refusals: int
) -> None:
    asked: Counter[str] = Counter()

    async def refuse(session: Session, command: Command) -> None:
        asked[command.text(0)] += 1
        if asked[command.text(0)] > refusals:
            await session.answer_normally(command)
        else:
            await session.tagged(command, "NO", "[THROTTLED] slow down")

    def announced() -> list[str]:
        log = read_log(f"sqlite:///{tmp_path}/data/postroom.db", "untold")
        return [event["path"] for event in log if event["event"] == "messageNew"]

    # A gateway of its own, whose rounds come as seldom as in production.
    usual: dict[str, Any] = {"folder_poll_interval": "600", "quiet_folder_poll_interval": "900"}
    async with Gateway(tmp_path, **usual) as gateway:
        await gateway.register("untold", imap(mail, "untold"))
        await gateway.reaches("untold", "connected")
        await mail.stop()
        mail.append("untold", LETTER % 1, "Sent")
        mail.behave(Behaviour(on_command={"STATUS": refuse}))
        await mail.start()
        await eventually(lambda: announced() == ["Sent"], 60)
        assert asked["Sent"] >= 2


async def test_flags_that_changed_while_the_server_was_out_of_reach_are_told_after_the_reconnect(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    for folder in ("INBOX", "Sent"):
        mail.append("away", LETTER % 1, folder)
    await gateway.register("away", imap(mail, "away"))
    await gateway.reaches("away", "connected")
    await mail.stop()
    for folder in ("INBOX", "Sent"):
        mail.mailbox("away", folder).messages[0].flags = {"\\Flagged"}
    await gateway.when("away", lambda seen: seen["state"] != "connected", "noticed")
    await mail.start()
    await eventually(lambda: names_of(receiver, "away").count("messageUpdated") == 2)
    told = [each for each in events_of(receiver, "away") if each["event"] == "messageUpdated"]
    assert sorted(each["path"] for each in told) == ["INBOX", "Sent"]
    assert all(each["data"]["changes"]["flags"]["added"] == ["\\Flagged"] for each in told)
