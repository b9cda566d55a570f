"""Questions about the open folder, and answers that come in parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Noop
from postroom.imap.responses import FetchData
from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.sync.folder.plausible import Implausible
from postroom.sync.folder.questions import Questions, flags_of
from tests.fakes.imap.hostile_mail import finds, opens_with, says
from tests.fakes.imap_server import CAPABILITIES, Behaviour, Command, FakeImapServer, Session
from tests.live.dovecot import Dovecot
from tests.sync.live_account import live_account


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


async def test_a_large_folder_is_searched_in_parts(
    sqlite_url: str, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.sync.folder.questions._SEARCHED_AT_ONCE", 3)
    for _ in range(11):
        mail.append("u", b"Subject: x\r\n\r\nx")
    mail.expunge("u", 5)
    async with live_account(sqlite_url, mail) as account, account.connected(begin=False) as session:
        await session.client.run(Select("INBOX"))
        ask = Questions(session.client)
        expected = UidSet.from_iterable(uid for uid in range(1, 12) if uid != 5)
        assert await ask.present(10) == expected
        # 1:3, 4:6, 7:9, 10:*, and now up to what the server told as the next UID: 1:3 to 10:11, 12:*.
        assert await ask.since(0) == expected
        assert await ask.from_uid(8) == expected & UidSet.beginning(8)
        assert await ask.present(None) == expected
        assert mail.statistics.commands().count("UID SEARCH") == 4 + 5 + 3 + 1
        # `12:*` also holds the last message there is, which is below.
        assert not await ask.from_uid(12)


async def test_where_uids_lie_far_apart_there_are_no_more_than_so_many_searches(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.sync.folder.questions._SEARCHED_AT_ONCE", 1)
    monkeypatch.setattr("postroom.sync.folder.questions._MOST_SEARCHES", 10)
    async with FakeImapServer() as mail, live_account(sqlite_url, mail) as account:
        mail.behave(opens_with(exists=2, uidnext=MAX_NUMBER) | says("UID SEARCH", b"* SEARCH 7 4000000000"))
        async with account.connected(begin=False) as session:
            await session.client.run(Select("INBOX"))
            assert await Questions(session.client).present(MAX_NUMBER) == UidSet.from_iterable((7, 4_000_000_000))
        assert mail.statistics.commands().count("UID SEARCH") == 11


@pytest.mark.parametrize(
    ("exists", "found"), [(5, b"1:4294967295"), (MAX_NUMBER, b"1:3")], ids=["found too many", "holds too many"]
)
async def test_an_answer_that_cannot_be_is_not_believed(sqlite_url: str, exists: int, found: bytes) -> None:
    async with FakeImapServer(capabilities=(*CAPABILITIES, "ESEARCH")) as mail:
        mail.behave(opens_with(exists=exists, uidnext=9) | finds(found))
        async with live_account(sqlite_url, mail) as account, account.connected(begin=False) as session:
            await session.client.run(Select("INBOX"))
            ask = Questions(session.client)
            for question in (ask.present(9), ask.from_uid(1)):
                with pytest.raises(Implausible, match="messages"):
                    await question


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
        ask, both = Questions(session.client), UidSet([(1, 2)])
        if question == "details":
            assert list((await ask.details(both)).messages) == [2]
        else:
            assert list((await ask.flags_and_dates(both))[0]) == [2]


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


async def test_flags_that_an_answer_leaves_out_are_asked_for_again(sqlite_url: str, mail: FakeImapServer) -> None:
    asked: list[str] = []

    async def leave_out_the_second(session: Session, command: Command) -> None:
        asked.append(command.text(0))
        numbered = mail.mailbox("u").chosen(command.text(0), by_uid=True)
        for number, message in numbered if len(asked) > 2 else numbered[:1]:
            await session.line(f"* {number} FETCH (UID {message.uid} FLAGS (\\Seen))")
        await session.tagged(command)

    for _ in range(3):
        mail.append("u", b"Subject: x\r\n\r\nx")
    mail.behave(Behaviour(on_command={"UID FETCH": leave_out_the_second}))
    async with live_account(sqlite_url, mail) as account, account.connected(begin=False) as session:
        await session.client.run(Select("INBOX"))
        ask = Questions(session.client, back_off=(0.01, 0.01))
        told = await ask.flags(UidSet([(1, 9)]), expected=UidSet([(1, 3)]))
        assert sorted(told) == [1, 2, 3]
        assert asked == ["1:9", "2:3", "3"]


async def test_flags_that_never_come_are_waited_for_once(sqlite_url: str, mail: FakeImapServer) -> None:
    async def tell_of_the_first_alone(session: Session, command: Command) -> None:
        await session.line("* 1 FETCH (UID 1 FLAGS ())")
        await session.tagged(command)

    for _ in range(3):
        mail.append("u", b"Subject: x\r\n\r\nx")
    mail.behave(Behaviour(on_command={"UID FETCH": tell_of_the_first_alone}))
    async with live_account(sqlite_url, mail) as account, account.connected(begin=False) as session:
        await session.client.run(Select("INBOX"))
        ask = Questions(session.client, back_off=(0.01, 0.01))
        for fetches in (4, 5):
            assert list(await ask.flags(UidSet([(1, 3)]), expected=UidSet([(1, 3)]))) == [1]
            assert mail.statistics.commands().count("UID FETCH") == fetches


def test_labels_are_stored_among_the_flags() -> None:
    data = FetchData(1, 1, frozenset({"\\SEEN", "\\Recent"}), gm_labels=("Büro",))
    assert flags_of(data) == {"\\Seen", "label:Büro"}
