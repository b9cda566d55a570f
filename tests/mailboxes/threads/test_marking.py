"""The thread in lists, searches and single messages: from the index, unless the server tells it."""

from __future__ import annotations

import pytest

from postroom.mail.identity.links import name_of
from postroom.mail.identity.stable_ids import thread_id
from postroom.mail.ids import message_id
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.lists.cursor import Cursor
from postroom.mailboxes.lists.page import PageAsked
from postroom.mailboxes.lists.service import MessageLists
from postroom.mailboxes.lists.wanted import EVERYTHING, WantedMembers
from postroom.mailboxes.reading.service import Messages
from postroom.mailboxes.reading.wishes import MessageWish
from postroom.mailboxes.searching.service import Searches
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.threads.marking import mark_threads
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.threads.indexed import index_folders, letter

ALL = PageAsked(Cursor(), 10, EVERYTHING)
UNSEEN = Terms(flags=(("seen", False),))


def soon() -> TimeAllowed:
    return TimeAllowed.after(20.0)


def thread(own: str) -> str:
    return thread_id(name_of(f"<{own}>") or 0)


def by_uid(messages: list[MessageObject]) -> dict[int, str | None]:
    return {each["uid"]: each.get("threadId") for each in messages}


@pytest.fixture
async def indexed(visits: MailVisits, mail: FakeImapServer) -> MailVisits:
    """INBOX holds a message, the answer to it, and one that came after the index was made; Sent holds an answer."""
    mail.append("u1", letter("a"))
    mail.append("u1", letter("b", "a"))
    mail.append("u1", letter("c", "a", "b"), "Sent")
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent")
    mail.append("u1", letter("late", "a"))
    return visits


async def test_lists_show_the_thread(indexed: MailVisits) -> None:
    page = await MessageLists(indexed).page("a", "INBOX", ALL, soon())
    assert by_uid(page.messages) == {1: thread("a"), 2: thread("a"), 3: None}


async def test_a_list_of_threads_alone(indexed: MailVisits) -> None:
    threads_alone = PageAsked(Cursor(), 2, WantedMembers(frozenset({"threadId"})))
    page = await MessageLists(indexed).page("a", "INBOX", threads_alone, soon())
    assert dict(page.messages[1]) == {"id": message_id(1, 2), "threadId": thread("a")}
    assert set(page.messages[0]) == {"id"}


async def test_a_list_without_threads(indexed: MailVisits) -> None:
    page = await MessageLists(indexed).page(
        "a", "INBOX", PageAsked(Cursor(), 5, WantedMembers(frozenset({"uid"}))), soon()
    )
    assert [set(each) for each in page.messages] == [{"id", "uid"}] * 3


async def test_searches_show_the_thread(indexed: MailVisits) -> None:
    searches = Searches(indexed)
    one = await searches.in_folder("a", "INBOX", UNSEEN, ALL, soon())
    assert by_uid(one.messages) == {1: thread("a"), 2: thread("a"), 3: None}
    every = await searches.everywhere("a", UNSEEN, ALL, soon())
    found = {(each["path"], each["uid"]): each.get("threadId") for each in every.messages}
    shown = {("INBOX", 1): thread("a"), ("INBOX", 2): thread("a"), ("INBOX", 3): None, ("Sent", 1): thread("a")}
    assert found == shown


async def test_a_message_shows_its_thread(indexed: MailVisits) -> None:
    messages = Messages(indexed)
    assert (await messages.read("a", message_id(2, 1), MessageWish(), soon()))["threadId"] == thread("a")
    assert "threadId" not in await messages.read("a", message_id(1, 3), MessageWish(), soon())


async def test_what_the_server_told_stays(indexed: MailVisits) -> None:
    async with indexed.folder("a", "INBOX", soon()) as folder:
        told: MessageObject = {
            "id": message_id(1, 1), "uid": 1, "path": "INBOX", "flags": [], "subject": "", "to": [], "threadId": "T1",
        }  # fmt: skip
        await mark_threads(indexed.db, folder, [told])
    assert told["threadId"] == "T1"


async def test_a_folder_that_was_numbered_anew_has_no_threads(indexed: MailVisits, mail: FakeImapServer) -> None:
    mail.mailbox("u1").uid_validity += 1
    page = await MessageLists(indexed).page("a", "INBOX", ALL, soon())
    assert set(by_uid(page.messages).values()) == {None}
