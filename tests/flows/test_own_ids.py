"""Ids that outlive a move, at servers that give messages ids of their own, with a gateway that watches them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.imap.gmail import ALL_MAIL, deliver, gmail_folders, put_in, take_out
from tests.fakes.imap.own_ids import email_id, gmail_id, gmail_thread, thread_id
from tests.fakes.imap_server import CAPABILITIES, FakeImapServer
from tests.fakes.webhook_receiver import WebhookReceiver
from tests.flows.gateway import PATIENCE, Gateway, events_of, imap, sooner_or_later
from tests.mailboxes.threads.indexed import letter

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def announced(receiver: WebhookReceiver, account: str, subject: str) -> dict[str, Any]:
    """The message of a `messageNew`, once it is there."""

    def told() -> list[dict[str, Any]]:
        new = [each["data"] for each in events_of(receiver, account) if each["event"] == "messageNew"]
        return [each for each in new if each["subject"] == subject]

    async def arrived() -> bool:
        return bool(told())

    await sooner_or_later(arrived, PATIENCE, f"{subject} announced")
    return told()[0]


async def test_a_message_keeps_its_stable_id_when_another_client_moves_it(
    gateway: Gateway, receiver: WebhookReceiver
) -> None:
    async with FakeImapServer(capabilities=(*CAPABILITIES, "MOVE", "OBJECTID")) as mail:
        mail.mailbox("objects", "Work")
        await gateway.register("objects", imap(mail, "objects"))
        await gateway.reaches("objects", "connected")
        message = mail.append("objects", letter("a", subject="Dinner"))
        new = await announced(receiver, "objects", "Dinner")
        stable = f"e.{email_id(message)}"
        assert (new["stableId"], new["threadId"]) == (stable, thread_id(message))
        mail.mailbox("objects", "Work").copy(message)
        mail.expunge("objects", message.uid)
        path = "/v1/account/objects/message"

        async def found() -> bool:
            read = await gateway.call("GET", f"{path}/{stable}")
            return bool(read.status == 200 and read.body["path"] == "Work")

        await sooner_or_later(found, PATIENCE, "the message found where it is now")
        await gateway.tell("objects", "sync", sync=True)

        async def moved() -> bool:
            old = await gateway.call("GET", f"{path}/{new['id']}")
            return bool(old.status == 404 and old.body["code"] == "MessageMoved" and old.body["stableId"] == stable)

        await sooner_or_later(moved, PATIENCE, "the old id tells where the message went")
        moved_back = await gateway.call("PUT", f"{path}/{stable}/move", {"path": "INBOX"})
        assert moved_back.status == 200, moved_back.body
        thread = await gateway.call("GET", f"/v1/account/objects/thread/{new['threadId']}")
        assert [(each["path"], each["stableId"]) for each in thread.body["messages"]] == [("INBOX", stable)]


async def test_labels_of_gmail_come_and_go_and_the_id_stays(gateway: Gateway, receiver: WebhookReceiver) -> None:
    async with FakeImapServer(capabilities=(*CAPABILITIES, "MOVE", "X-GM-EXT-1")) as mail:
        folders = gmail_folders(mail.world, "gmail")
        message = deliver(mail.world, "gmail", letter("a", subject="Dinner"), "INBOX")
        deliver(mail.world, "gmail", letter("b", "a", subject="Re: Dinner"), "[Gmail]/Sent Mail")
        await gateway.register("gmail", imap(mail, "gmail"), notifyFrom="2020-01-01T00:00:00.000Z")
        await gateway.reaches("gmail", "connected")
        new = await announced(receiver, "gmail", "Dinner")
        stable = f"g.{gmail_id(message)}"
        assert (new["path"], new["stableId"], new["threadId"]) == (ALL_MAIL, stable, str(gmail_thread(message)))
        assert new["labels"] == ["\\Inbox"]
        take_out(mail.world, folders["INBOX"], message)
        put_in(mail.world, mail.mailbox("gmail", "Friends"), message)
        read = await gateway.call("GET", f"/v1/account/gmail/message/{stable}")
        assert (read.body["path"], read.body["labels"]) == (ALL_MAIL, ["Friends"])
        thread = await gateway.call("GET", f"/v1/account/gmail/thread/{new['threadId']}")
        assert [each["subject"] for each in thread.body["messages"]] == ["Dinner", "Re: Dinner"]
        listed = await gateway.call("GET", "/v1/account/gmail/threads?path=Friends")
        assert [(each["threadId"], each["count"]) for each in listed.body["threads"]] == [(new["threadId"], 2)]
        put_in(mail.world, folders["[Gmail]/Trash"], message)
        take_out(mail.world, folders[ALL_MAIL], message)
        await gateway.tell("gmail", "sync", sync=True)

        async def moved() -> bool:
            old = await gateway.call("GET", f"/v1/account/gmail/message/{new['id']}")
            return bool(old.status == 404 and old.body.get("stableId") == stable)

        await sooner_or_later(moved, PATIENCE, "the old id tells where the message went")
