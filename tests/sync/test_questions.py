"""Questions about the open folder, and answers that come in parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Noop
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import FetchData, ResponseCode
from postroom.imap.sets import UidSet
from postroom.sync.questions import Questions, flags_of, may_be_the_message
from tests.fakes.imap_server import FakeImapServer
from tests.live.dovecot import Dovecot
from tests.sync.live_account import live_account


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


async def test_a_large_folder_is_searched_in_parts(
    sqlite_url: str, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.sync.questions._SEARCHED_AT_ONCE", 3)
    monkeypatch.setattr("postroom.sync.questions._UIDS_AT_ONCE", 4)
    for _ in range(11):
        mail.append("u", b"Subject: x\r\n\r\nx")
    mail.expunge("u", 5)
    async with live_account(sqlite_url, mail) as account, account.connected(begin=False) as session:
        await session.client.run(Select("INBOX"))
        ask = Questions(session.client)
        expected = UidSet.from_iterable(uid for uid in range(1, 12) if uid != 5)
        assert await ask.present(10) == expected
        assert await ask.present(None) == expected
        assert mail.statistics.commands().count("UID SEARCH") == 5
        # `12:*` also holds the last message there is, which is below.
        assert not await ask.from_uid(12)


# From a real server, which makes up an answer for a message that another client has just removed: of 1970, and empty.

MAIL = b"From: a@example.test\r\nSubject: short\r\n\r\nhello\r\n"


def remove(dovecot: Dovecot, user: str, uids: str) -> None:
    with dovecot.side_door(user) as session:
        session.select("INBOX")
        session.uid("STORE", uids, "+FLAGS", "(\\Deleted)")
        session.uid("EXPUNGE", uids)


@pytest.mark.parametrize("question", ["details", "flags_and_dates"])
async def test_what_a_server_makes_up_of_a_removed_message_is_left_out(
    sqlite_url: str, dovecot: Dovecot, question: str
) -> None:
    user = f"made-up-{question}"
    async with live_account(sqlite_url, dovecot, user) as account, account.connected(begin=False) as session:
        dovecot.deliver(user, MAIL, copies=2)
        await session.client.run(Select("INBOX"))
        await asyncio.to_thread(remove, dovecot, user, "1")
        found, _ = await getattr(Questions(session.client), question)(UidSet([(1, 2)]))
        assert [getattr(each, "uid", each) for each in found] == [2]


async def test_a_message_that_goes_as_it_comes_is_neither_announced_nor_said_to_be_deleted(
    sqlite_url: str, dovecot: Dovecot
) -> None:
    async with live_account(sqlite_url, dovecot, "short-life") as account, account.connected() as session:
        dovecot.deliver(account.user, MAIL)
        dovecot.deliver(account.user, MAIL.replace(b"short", b"stays"))
        await session.client.run(Noop())
        news = session.client.take_news()
        await asyncio.to_thread(remove, dovecot, account.user, "1")
        await session.engine.heed(news)
        await session.look()
        assert [(each["event"], each["data"]["uid"]) for each in await account.events()] == [("messageNew", 2)]
        assert await account.subjects() == ["stays"]
        row = await account.folder()
        assert (row["messages"], row["missing"]) == (1, None)


def test_which_refusals_may_be_the_fault_of_one_message() -> None:
    def refused(status: str, text: str, code: str | None = None) -> CommandFailed:
        return CommandFailed(status, ResponseCode(code) if code else None, text, "UID FETCH")

    assert may_be_the_message(refused("NO", "cannot read it", "SERVERBUG"))
    assert may_be_the_message(refused("BAD", "internal error"))
    assert not may_be_the_message(refused("BYE", "good-bye"))
    assert not may_be_the_message(refused("NO", "later", "THROTTLED"))
    assert not may_be_the_message(refused("BAD", "Request is throttled. Suggested Backoff Time: 1 milliseconds"))


def test_labels_are_stored_among_the_flags() -> None:
    data = FetchData(1, 1, frozenset({"\\SEEN", "\\Recent"}), gm_labels=("Büro",))
    assert flags_of(data) == {"\\Seen", "label:Büro"}
