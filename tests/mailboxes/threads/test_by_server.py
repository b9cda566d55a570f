"""Threads by the ids of the server: limits, copies, and messages that it does not put into a thread."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.mail.identity.links import Links, named_by_server, thread_name
from postroom.mailboxes.failures import MissingExtension, ThreadNotFound
from postroom.mailboxes.threads import by_server
from postroom.mailboxes.threads.by_server import ThreadList, list_threads, read_thread
from postroom.mailboxes.threads.service import Threads
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.own_ids import email_id, thread_id
from tests.fakes.imap_server import CAPABILITIES, FakeImapServer
from tests.mailboxes.threads.indexed import letter, store_folder


@pytest.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    """A server with OBJECTID. Of three threads in INBOX, the first has its newest message there and one in Sent."""
    async with FakeImapServer(capabilities=(*CAPABILITIES, "OBJECTID")) as server:
        for own, refers in (("a", ()), ("x", ()), ("y", ()), ("c", ("a", "b"))):
            server.append("u1", letter(own, *refers, subject=own))
        server.append("u1", letter("b", "a", subject="b"), "Sent", ["\\Seen"])
        yield server


async def listed(visits: MailVisits, page: int, size: int, path: str = "INBOX") -> ThreadList:
    async with visits.folder("a", path, TimeAllowed.after(10)) as folder:
        return await list_threads(visits, folder, page, size)


def shown(found: ThreadList) -> list[tuple[str, int, int]]:
    return [(each.newest["subject"], each.count, each.unseen) for each in found.threads]


async def test_pages_of_threads(visits: MailVisits) -> None:
    first, second = await listed(visits, 0, 2), await listed(visits, 1, 2)
    assert (shown(first), first.total, first.incomplete) == ([("c", 3, 2), ("y", 1, 1)], 3, ())
    assert shown(second) == [("x", 1, 1)]
    assert shown(await listed(visits, 2, 2)) == []


async def test_ids_are_searched_for_in_parts(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(by_server, "_LONGEST_KEY", 50)
    assert shown(await listed(visits, 0, 20)) == [("c", 3, 2), ("y", 1, 1), ("x", 1, 1)]
    assert mail.statistics.count("command", "UID SEARCH") > 2


async def test_only_the_newest_messages_are_looked_at(visits: MailVisits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_server, "MOST_LOOKED_AT", 2)
    found = await listed(visits, 0, 20)
    assert shown(found) == [("c", 3, 1), ("y", 1, 1)]
    assert [(each.path, each.reason) for each in found.incomplete] == [
        ("INBOX", "Only the newest 2 of 4 messages were read")
    ]


async def test_messages_without_a_thread_are_left_out(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.mailbox("u1").messages[2].untold = frozenset({"THREADID"})
    assert shown(await listed(visits, 0, 20)) == [("c", 3, 2), ("x", 1, 1)]
    for each in mail.mailbox("u1").messages:
        each.untold = frozenset({"THREADID"})
    with pytest.raises(MissingExtension):
        await listed(visits, 0, 20)


async def test_an_empty_folder_has_no_threads(visits: MailVisits) -> None:
    assert await listed(visits, 0, 20, "Junk") == ThreadList(0, "Junk", ())


async def test_of_each_folder_the_newest_messages_of_a_thread(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = thread_id(mail.mailbox("u1").messages[0]) or ""
    found = await read_thread(visits, "a", thread, TimeAllowed.after(10))
    assert sorted(each["subject"] for each in found.messages) == ["a", "b", "c"]
    monkeypatch.setattr(by_server, "MOST_MESSAGES", 1)
    found = await read_thread(visits, "a", thread, TimeAllowed.after(10))
    assert sorted(each["subject"] for each in found.messages) == ["b", "c"]
    with pytest.raises(ThreadNotFound):
        await read_thread(visits, "a", "T0", TimeAllowed.after(10))


async def test_an_index_that_is_behind_the_server_does_not_decide(visits: MailVisits, mail: FakeImapServer) -> None:
    first = mail.mailbox("u1").messages[0]
    thread = thread_id(first) or ""
    links = Links(named_by_server("email", email_id(first) or ""), len(first.content), thread_name(thread), ())
    await store_folder(visits.db, mail, "u1", "Trash", {50: links})
    found = await Threads(visits).read("a", thread, TimeAllowed.after(10))
    assert sorted(each["subject"] for each in found.messages) == ["a", "b", "c"]


async def test_an_index_that_has_all_messages_decides(visits: MailVisits, mail: FakeImapServer) -> None:
    first = mail.mailbox("u1").messages[0]
    thread = thread_id(first) or ""
    links = Links(named_by_server("email", email_id(first) or ""), len(first.content), thread_name(thread), ())
    await store_folder(visits.db, mail, "u1", "INBOX", {1: links})
    found = await Threads(visits).read("a", thread, TimeAllowed.after(10))
    assert [each["subject"] for each in found.messages] == ["a"]
    assert mail.statistics.count("command", "UID SEARCH") == 0
