"""Ids of the mail server itself (OBJECTID, X-GM-EXT-1) through the API, without any index."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.api.conftest import Client
from tests.api.handlers.mail.conftest import connect
from tests.fakes.imap.gmail import ALL_MAIL, deliver, gmail_folders, take_out
from tests.fakes.imap.own_ids import email_id, gmail_id, gmail_thread, thread_id
from tests.fakes.imap_server import CAPABILITIES, FakeImapServer, answer
from tests.mailboxes.threads.indexed import letter

A = "/v1/account/a"
Made = tuple[Client, FakeImapServer]


@pytest.fixture
async def objects(client: Client) -> AsyncIterator[Made]:
    """An account at a server with OBJECTID. INBOX has a letter and another one, Sent has the answer to the first."""
    async with FakeImapServer(capabilities=(*CAPABILITIES, "MOVE", "OBJECTID")) as mail:
        mail.append("u1", letter("a", subject="Dinner"))
        mail.append("u1", letter("x", subject="Other"))
        mail.append("u1", letter("b", "a", subject="Re: Dinner"), "Sent", ["\\Seen"])
        await connect(client, mail.port, "u1")
        yield client, mail


@pytest.fixture
async def google(client: Client) -> AsyncIterator[Made]:
    """The same at Gmail; the letter has the label `Friends` too."""
    async with FakeImapServer(capabilities=(*CAPABILITIES, "MOVE", "X-GM-EXT-1")) as mail:
        gmail_folders(mail.world, "u1")
        deliver(mail.world, "u1", letter("a", subject="Dinner"), "INBOX", "Friends")
        deliver(mail.world, "u1", letter("x", subject="Other"), "INBOX")
        deliver(mail.world, "u1", letter("b", "a", subject="Re: Dinner"), "[Gmail]/Sent Mail")
        await connect(client, mail.port, "u1")
        yield client, mail


async def got(client: Client, path: str, status: int = 200) -> Any:
    answer = await client.get(f"{A}/{path}")
    assert answer.status == status, answer.text
    return answer.body


def placed(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(each["path"], each["subject"]) for each in messages]


async def test_lists_and_messages_have_the_ids_of_the_server(objects: Made) -> None:
    client, mail = objects
    first = mail.mailbox("u1").messages[0]
    expected = {"stableId": f"e.{email_id(first)}", "emailId": email_id(first), "threadId": thread_id(first)}
    listed = (await got(client, "messages?path=INBOX"))["messages"][1]
    assert {name: listed[name] for name in expected} == expected
    chosen = (await got(client, "messages?path=INBOX&fields=stableId,threadId"))["messages"][1]
    assert chosen == {name: listed[name] for name in ("id", "stableId", "threadId")}
    read = await got(client, f"message/{listed['id']}")
    assert {name: read[name] for name in expected} == expected


async def test_a_message_of_gmail_has_one_stable_id_in_all_its_folders(google: Made) -> None:
    client, mail = google
    first = mail.mailbox("u1").messages[0]
    told = [(await got(client, f"messages?path={path}"))["messages"][-1] for path in ("INBOX", "Friends", "%5CAll")]
    assert {each["stableId"] for each in told} == {f"g.{gmail_id(first)}"}
    assert {each["threadId"] for each in told} == {str(gmail_thread(first))}
    assert all(set(each["labels"]) == {"\\Inbox", "Friends"} for each in told)


async def _message(client: Client, stable: str) -> Any:
    return await client.get(f"{A}/message/{stable}?textType=plain")


async def _source(client: Client, stable: str) -> Any:
    return await client.get(f"{A}/message/{stable}/source")


async def _flags(client: Client, stable: str) -> Any:
    return await client.put(f"{A}/message/{stable}", {"flags": {"add": ["\\Flagged"]}})


async def _move(client: Client, stable: str) -> Any:
    return await client.put(f"{A}/message/{stable}/move", {"path": "Drafts"})


async def _delete(client: Client, stable: str) -> Any:
    return await client.delete(f"{A}/message/{stable}")


async def _reply(client: Client, stable: str) -> Any:
    reply = {"path": "Drafts", "text": "Yes", "reference": {"message": stable, "action": "reply", "inline": True}}
    return await client.post(f"{A}/message", reply)


@pytest.mark.parametrize("route", [_message, _source, _flags, _move, _delete, _reply])
async def test_every_route_finds_a_moved_message_by_its_stable_id(
    objects: Made, route: Callable[[Client, str], Any]
) -> None:
    client, mail = objects
    inbox = mail.mailbox("u1")
    moved = inbox.messages.pop(0)
    mail.mailbox("u1", "Deep/Inside").copy(moved)
    answer = await route(client, f"e.{email_id(moved)}")
    assert answer.status == 200, answer.text
    assert answer.body is None or answer.body.get("success", True)
    again = await route(client, "e.M123456789")
    assert (again.status, again.body["code"]) == (404, "ReferenceNotFound" if route is _reply else "MessageNotFound")


async def test_what_a_message_found_by_its_stable_id_names_can_be_read(objects: Made) -> None:
    client, mail = objects
    content = letter("p").replace(b"\r\n\r\nhello", b"\r\n\r\nhello, here I am")
    sent = mail.append("u1", content, "Sent")
    read = await got(client, f"message/e.{email_id(sent)}")
    assert (await got(client, f"text/{read['text']['id']}"))["plain"].strip() == "hello, here I am"
    changed = await client.put(f"{A}/message/e.{email_id(sent)}", {"flags": {"add": ["\\Flagged"]}})
    assert changed.status == 200, changed.text
    assert sent.flags == {"\\Flagged"}


async def test_a_gmail_message_is_found_in_all_mail_then_trash_then_spam(google: Made) -> None:
    client, mail = google
    everything = mail.mailbox("u1", ALL_MAIL)
    moved = everything.messages[0]
    stable = f"g.{gmail_id(moved)}"
    assert (await got(client, f"message/{stable}"))["path"] == ALL_MAIL
    for name in ("[Gmail]/Spam", "[Gmail]/Trash"):
        mail.mailbox("u1", name).copy(moved)
    take_out(mail.world, everything, moved)
    assert (await got(client, f"message/{stable}"))["path"] == "[Gmail]/Trash"
    take_out(mail.world, mail.mailbox("u1", "[Gmail]/Trash"), moved)
    assert (await got(client, f"message/{stable}"))["path"] == "[Gmail]/Spam"
    take_out(mail.world, mail.mailbox("u1", "[Gmail]/Spam"), moved)
    before = mail.statistics.count("command", "EXAMINE")
    assert (await got(client, f"message/{stable}", 404))["code"] == "MessageNotFound"
    assert mail.statistics.count("command", "EXAMINE") - before <= 3


async def test_without_all_mail_every_folder_of_gmail_is_searched(google: Made) -> None:
    client, mail = google
    first = mail.mailbox("u1").messages[0]
    del mail.world.mailboxes("u1")[ALL_MAIL]
    assert (await got(client, f"message/g.{gmail_id(first)}"))["path"] == "INBOX"
    thread = await got(client, f"thread/{gmail_thread(first)}")
    assert sorted(placed(thread["messages"])) == [("INBOX", "Dinner"), ("[Gmail]/Sent Mail", "Re: Dinner")]


async def test_labels_are_changed_by_the_stable_id(google: Made) -> None:
    client, mail = google
    stable = f"g.{gmail_id(mail.mailbox('u1').messages[0])}"
    labels = {"labels": {"add": ["Work"], "delete": ["Friends"]}}
    changed = await client.put(f"{A}/message/{stable}", labels)
    assert changed.status == 200, changed.text
    assert set((await got(client, f"message/{stable}"))["labels"]) == {"\\Inbox", "Work"}
    assert [each["stableId"] for each in (await got(client, "messages?path=Work"))["messages"]] == [stable]
    assert (await got(client, "messages?path=Friends"))["messages"] == []


async def test_a_thread_of_gmail_has_both_halves(google: Made) -> None:
    client, mail = google
    first = mail.mailbox("u1").messages[0]
    thread = await got(client, f"thread/{gmail_thread(first)}")
    assert placed(thread["messages"]) == [(ALL_MAIL, "Dinner"), (ALL_MAIL, "Re: Dinner")]


async def test_a_thread_has_both_halves_with_objectid(objects: Made) -> None:
    client, mail = objects
    thread = await got(client, f"thread/{thread_id(mail.mailbox('u1').messages[0])}")
    assert sorted(placed(thread["messages"])) == [("INBOX", "Dinner"), ("Sent", "Re: Dinner")]
    assert thread["incomplete"] == []
    assert (await got(client, "thread/T999", 404))["code"] == "ThreadNotFound"


async def test_a_folder_that_refuses_is_named(objects: Made) -> None:
    client, mail = objects
    thread = thread_id(mail.mailbox("u1").messages[0])
    mail.behave(answer("UID FETCH", tagged="NO not now"))
    refused = await client.get(f"{A}/thread/{thread}")
    assert refused.status == 200, refused.text
    assert {each["path"] for each in refused.body["incomplete"]} == {"INBOX", "Sent"}


async def test_the_threads_of_a_folder_with_objectid(objects: Made) -> None:
    await check_threads(*objects)


async def test_the_threads_of_a_label_of_gmail(google: Made) -> None:
    await check_threads(*google)


async def check_threads(client: Client, mail: FakeImapServer) -> None:
    listed = await got(client, "threads?path=INBOX")
    assert (listed["total"], listed["incomplete"]) == (2, [])
    other, dinner = listed["threads"]
    assert (other["subject"], other["count"], other["unseen"]) == ("Other", 1, 1)
    assert (dinner["subject"], dinner["count"], dinner["unseen"]) == ("Dinner", 2, 1)
    subjects = [(await got(client, f"message/{each}"))["subject"] for each in dinner["messages"]]
    assert sorted(subjects) == ["Dinner", "Re: Dinner"]
    rest = await got(client, "threads?path=INBOX&page=1&pageSize=1")
    assert [each["threadId"] for each in rest["threads"]] == [dinner["threadId"]]
    mail.mailbox("u1").messages.clear()
    assert (await got(client, "threads?path=INBOX"))["total"] == 0


async def test_ids_that_the_server_does_not_tell(objects: Made) -> None:
    client, mail = objects
    for each in mail.mailbox("u1").messages:
        each.untold = frozenset({"EMAILID", "THREADID"})
    listed = (await got(client, "messages?path=INBOX&fields=stableId,threadId"))["messages"]
    assert [each["stableId"][:2] for each in listed] == ["m.", "m."]
    assert not any("threadId" in each for each in listed)
    assert (await got(client, "threads?path=INBOX", 422))["extension"] == "OBJECTID"
    assert "deleted, or the index" in (await got(client, f"message/{listed[0]['stableId']}", 404))["error"]


async def test_ids_of_another_kind_of_server_and_no_ids_at_all(objects: Made, client: Client) -> None:
    assert (await got(client, "message/g.1", 404))["code"] == "MessageNotFound"
    async with FakeImapServer() as plain:
        await connect(client, plain.port, "u1", "b")
        refused = await client.get("/v1/account/b/threads?path=INBOX")
        assert (refused.status, refused.body["code"]) == (422, "MissingServerExtension")
        assert "index of threads" in refused.body["error"]
        unknown = await client.get("/v1/account/b/message/e.M1")
        assert (unknown.status, unknown.body["code"]) == (404, "MessageNotFound")
