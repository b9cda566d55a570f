"""Servers that show no folders, or refuse to: each account says what is wrong, and none is an internal fault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.fakes.imap_server import GOOD, FakeImapServer, answer
from tests.fakes.waiting import eventually
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import Gateway, events_of, imap, names_of
from tests.flows.replay import read_log

pytestmark = pytest.mark.asyncio(loop_scope="session")

UNLISTED = answer("LIST") | answer("LSUB")


async def test_a_server_that_shows_no_folders_is_followed_in_its_inbox_and_the_account_says_so(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    mail.behave(UNLISTED)
    await gateway.register("unlisted", imap(mail, "unlisted"))
    details = await gateway.reaches("unlisted", "connected")
    assert details["sync"]["unlisted"] is True
    mail.append("unlisted", b"Subject: found\r\n\r\n")
    await eventually(lambda: "messageNew" in names_of(receiver, "unlisted"))
    assert events_of(receiver, "unlisted")[-1]["path"] == "INBOX"
    mail.behave_now(GOOD)
    await gateway.tell("unlisted", "sync")
    await gateway.when("unlisted", lambda seen: "unlisted" not in seen["sync"], "listed")
    assert (await gateway.get("unlisted"))["lastError"] is None


@pytest.mark.parametrize(
    ("kind", "behaviour", "code", "words"),
    [
        ("list refused", answer("LIST", tagged="NO folders are a secret"), "NO", "folders are a secret"),
        ("list broken", answer("LIST", tagged="BAD what is that"), "BAD", "what is that"),
        ("inbox refused", answer("SELECT", tagged="NO [NONEXISTENT] no such box"), "NONEXISTENT", "no such box"),
        ("inbox denied", answer("SELECT", tagged="NO [NOPERM] not yours"), "NOPERM", "not yours"),
        ("nothing at all", UNLISTED | answer("SELECT", tagged="NO nothing here"), "NO", "nothing here"),
    ],
)
async def test_a_refusal_is_told_in_the_servers_words_with_advice(
    gateway: Gateway, mail: FakeImapServer, kind: str, behaviour: object, code: str, words: str
) -> None:
    mail.behave(behaviour)  # type: ignore[arg-type]
    await gateway.register(kind, imap(mail, "u"))
    await gateway.when(kind, lambda seen: seen["lastError"], "failed")
    details = await gateway.get(kind)
    error = details["lastError"]
    assert details["state"] in ("connectError", "connecting", "syncing")
    assert (error["serverResponseCode"], error["response"]) == (code, words)
    what = "list the folders" if kind.startswith("list") else "open the folder"
    assert what in error["advice"]
    mail.behave(GOOD)
    await gateway.tell(kind, "reconnect")
    assert (await gateway.reaches(kind, "connected"))["lastError"] is None


async def test_a_folder_that_is_gone_is_told_before_the_next_comparison(tmp_path: Path, mail: FakeImapServer) -> None:
    def log() -> list[tuple[str, str]]:
        told = read_log(f"sqlite:///{tmp_path}/data/postroom.db", "gone")
        return [(event["event"], event["path"]) for event in told if event.get("path")]

    for folder in ("Sent", "Work"):
        mail.append("gone", b"Subject: found\r\n\r\n", folder)
    rounds: dict[str, Any] = {
        "folder_poll_interval": "0.5",
        "quiet_folder_poll_interval": "0.5",
        "resync_interval": "900",
    }
    async with Gateway(tmp_path, **rounds) as gateway:
        await gateway.register("gone", imap(mail, "gone"), notifyFrom="2020-01-01T00:00:00Z")
        await gateway.reaches("gone", "connected")
        del mail.world.mailboxes("gone")["Work"]
        await eventually(lambda: ("mailboxDeleted", "Work") in log(), 60)
        mail.append("gone", b"Subject: found\r\n\r\n", "Sent")
        await eventually(lambda: log().count(("messageNew", "Sent")) == 2)
        assert (await gateway.get("gone"))["syncError"] is None


async def test_other_folders_are_followed_where_there_is_no_inbox(
    gateway: Gateway, receiver: WebhookReceiver, mail: FakeImapServer
) -> None:
    del mail.world.mailboxes("lists")["INBOX"]
    await gateway.register("no inbox", imap(mail, "lists"))
    details = await gateway.reaches("no inbox", "connected")
    assert details["syncError"]["path"] == "INBOX"
    mail.append("lists", b"Subject: found\r\n\r\n", "Sent")
    await eventually(lambda: "messageNew" in names_of(receiver, "no inbox"))
    await gateway.delete("no inbox")
