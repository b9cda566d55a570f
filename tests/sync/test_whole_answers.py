"""Answers that come in parts, from a server that throttles, refuses, or leaves out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import pytest

from postroom.imap.commands.select import Select
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import FetchData
from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.sync.whole_answers import Answers
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Handler, Mailbox, Session
from tests.sync.live_account import live_account

BACK_OFF = (0.01, 0.02, 0.03)
THROTTLED = "NO [THROTTLED] slow down"


def told(data: FetchData) -> bool:
    return data.flags is not None


@asynccontextmanager
async def answers(url: str, messages: int, fetch: Callable[[FakeImapServer], Handler]) -> AsyncIterator[Answers]:
    """A folder with so many messages is open on a server that answers FETCH in its own way."""
    async with FakeImapServer() as mail:
        for _ in range(messages):
            mail.append("u", b"Subject: x\r\n\r\nx")
        mail.behave(Behaviour(on_command={"UID FETCH": fetch(mail)}))
        async with live_account(url, mail) as account, account.connected(begin=False) as session:
            await session.client.run(Select("INBOX"))
            yield Answers(session.client, BACK_OFF)


async def give(session: Session, mailbox: Mailbox, uids: Iterable[int]) -> None:
    for uid in uids:
        await session.line(f"* {mailbox.number_of(uid)} FETCH (UID {uid} FLAGS (\\Seen))")


def chosen(mailbox: Mailbox, command: Command) -> list[int]:
    return [message.uid for _, message in mailbox.chosen(command.text(0), by_uid=True)]


@pytest.mark.parametrize("last", [10, MAX_NUMBER])
async def test_what_a_throttled_answer_left_out_is_asked_for_again_and_nothing_else(sqlite_url: str, last: int) -> None:
    asked: list[list[int]] = []

    def half(mail: FakeImapServer) -> Handler:
        async def fetch(session: Session, command: Command) -> None:
            uids = chosen(mail.mailbox("u"), command)
            asked.append(uids)
            await give(session, mail.mailbox("u"), uids[1::2] if len(asked) <= 2 else uids)
            await session.tagged(command, *(THROTTLED if len(asked) <= 2 else "OK Done").split(" ", 1))

        return fetch

    async with answers(sqlite_url, 10, half) as asking:
        fetched = await asking.fetch(UidSet([(1, last)]), ("UID", "FLAGS"), told)
    assert sorted(fetched.messages) == list(range(1, 11))
    assert (fetched.refused, fetched.cut_off) == (UidSet(), None)
    assert asked[0] == list(range(1, 11))
    # A set that ends in * always holds the last message.
    assert {uid for uids in asked[1:] for uid in uids} <= {1, 3, 5, 7, 9, *([10] if last == MAX_NUMBER else [])}


async def test_a_server_that_gives_a_little_at_a_time_is_asked_until_it_has_given_all(sqlite_url: str) -> None:
    def one_by_one(mail: FakeImapServer) -> Handler:
        async def fetch(session: Session, command: Command) -> None:
            uids = chosen(mail.mailbox("u"), command)
            await give(session, mail.mailbox("u"), uids[:1])
            await session.tagged(command, *("OK Done" if len(uids) <= 1 else THROTTLED).split(" ", 1))

        return fetch

    async with answers(sqlite_url, 9, one_by_one) as asking:
        fetched = await asking.fetch(UidSet([(1, 9)]), ("UID", "FLAGS"), told)
    assert sorted(fetched.messages) == list(range(1, 10))
    assert fetched.cut_off is None


async def test_what_came_before_a_server_refused_for_good_is_kept(sqlite_url: str) -> None:
    def three_and_no_more(mail: FakeImapServer) -> Handler:
        async def fetch(session: Session, command: Command) -> None:
            uids = [uid for uid in chosen(mail.mailbox("u"), command) if uid <= 3]
            await give(session, mail.mailbox("u"), uids)
            await session.tagged(command, *THROTTLED.split(" ", 1))

        return fetch

    async with answers(sqlite_url, 9, three_and_no_more) as asking:
        fetched = await asking.fetch(UidSet([(1, 9)]), ("UID", "FLAGS"), told)
    assert sorted(fetched.messages) == [1, 2, 3]
    assert fetched.cut_off is not None
    assert fetched.cut_off.code is not None
    assert fetched.cut_off.code.name == "THROTTLED"
    assert not fetched.refused


@pytest.mark.parametrize("status", ["NO", "BAD"])
@pytest.mark.parametrize("uids", [UidSet([(1, 9)]), UidSet([(1, MAX_NUMBER)])])
async def test_one_bad_message_holds_up_no_other(sqlite_url: str, status: str, uids: UidSet) -> None:
    asked: list[list[int]] = []

    def refuse_five(mail: FakeImapServer) -> Handler:
        async def fetch(session: Session, command: Command) -> None:
            wanted = chosen(mail.mailbox("u"), command)
            asked.append(wanted)
            await give(session, mail.mailbox("u"), [uid for uid in wanted if uid < 5])
            if 5 in wanted:
                await session.tagged(command, status, "cannot read it")
                return
            await give(session, mail.mailbox("u"), [uid for uid in wanted if uid > 5])
            await session.tagged(command)

        return fetch

    async with answers(sqlite_url, 9, refuse_five) as asking:
        fetched = await asking.fetch(uids, ("UID", "FLAGS"), told)
    assert sorted(fetched.messages) == [1, 2, 3, 4, 6, 7, 8, 9]
    assert (fetched.refused, fetched.cut_off) == (UidSet([(5, 5)]), None)
    # What had come was not asked for again.
    assert all(uid > 4 for uids_asked in asked[1:] for uid in uids_asked)


async def test_a_server_that_refuses_everything_is_not_asked_for_each_message(sqlite_url: str) -> None:
    asked = 0

    def refuse(_mail: FakeImapServer) -> Handler:
        async def fetch(session: Session, command: Command) -> None:
            nonlocal asked
            asked += 1
            await session.tagged(command, "NO", "internal error")

        return fetch

    async with answers(sqlite_url, 200, refuse) as asking:
        fetched = await asking.fetch(UidSet([(1, 200)]), ("UID", "FLAGS"), told)
    assert fetched.cut_off is not None
    assert (fetched.messages, fetched.refused) == ({}, UidSet())
    assert asked < 100


async def test_half_of_what_belongs_to_a_message_does_not_count_before_a_refusal(sqlite_url: str) -> None:
    def cut(mail: FakeImapServer) -> Handler:
        async def fetch(session: Session, command: Command) -> None:
            await session.line("* 1 FETCH (UID 1)")
            await session.tagged(command, "NO", "broken")

        return fetch

    async with answers(sqlite_url, 1, cut) as asking:
        fetched = await asking.fetch(UidSet([(1, 1)]), ("UID", "FLAGS"), told)
    assert (fetched.messages, fetched.refused) == ({}, UidSet([(1, 1)]))


async def test_the_data_of_one_message_may_come_in_pieces(sqlite_url: str) -> None:
    def pieces(_mail: FakeImapServer) -> Handler:
        async def fetch(session: Session, command: Command) -> None:
            await session.line('* 1 FETCH (UID 1 FLAGS (\\Seen) RFC822.SIZE 17 BODY[1]<0> "a")')
            await session.line('* 1 FETCH (UID 1 MODSEQ (7) BODY[2]<0> "b")')
            await session.tagged(command, "OK", "Done")

        return fetch

    async with answers(sqlite_url, 1, pieces) as asking:
        (message,) = (await asking.fetch(UidSet([(1, 1)]), ("UID", "FLAGS"), told)).messages.values()
    assert (message.flags, message.size, message.modseq) == (frozenset({"\\Seen"}), 17, 7)
    assert message.sections == {"1<0>": b"a", "2<0>": b"b"}


async def test_a_search_that_is_throttled_is_asked_again_and_in_the_end_fails(sqlite_url: str) -> None:
    async with FakeImapServer() as mail:
        mail.append("u", b"Subject: x\r\n\r\nx")
        left = 2

        async def search(session: Session, command: Command) -> None:
            nonlocal left
            left -= 1
            await session.line("* SEARCH 1")
            await session.tagged(command, *(THROTTLED if left >= 0 else "OK Done").split(" ", 1))

        async with live_account(sqlite_url, mail) as account, account.connected(begin=False) as session:
            await session.client.run(Select("INBOX"))
            mail.behave_now(Behaviour(on_command={"UID SEARCH": search}))
            asking = Answers(session.client, BACK_OFF)
            assert await asking.search([b"ALL"]) == UidSet([(1, 1)])
            assert left == -1
            left = 1000
            with pytest.raises(CommandFailed):
                await asking.search([b"ALL"])
            assert left == 1000 - len(BACK_OFF) - 1


async def test_a_question_about_many_messages_is_cut_into_lines_that_servers_take(sqlite_url: str) -> None:
    async with FakeImapServer() as mail:
        mail.append("u", b"Subject: x\r\n\r\nx")
        async with live_account(sqlite_url, mail) as account, account.connected(begin=False) as session:
            await session.client.run(Select("INBOX"))
            scattered = UidSet.from_iterable(range(1, 9001, 3))
            assert await Answers(session.client, BACK_OFF).there(scattered) == UidSet([(1, 1)])
            assert mail.statistics.commands().count("UID SEARCH") == 4
