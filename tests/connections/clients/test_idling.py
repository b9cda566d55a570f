"""IDLE at a server that reads on after DONE: the next command does not wait for the answer to IDLE."""

from __future__ import annotations

import asyncio

import pytest

from postroom.connections.failures import ConnectionLost
from postroom.connections.timeouts import Timeouts
from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Noop
from postroom.imap.commands.status import Status
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import ExistsData, FetchData
from tests.connections.imap_opening import QUICK, endpoint_of, signed_in
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session
from tests.fakes.waiting import eventually

_STATUS = Status("Sent", ("MESSAGES",))


class _Server:
    """Tells news in every IDLE, and answers IDLE once the next command has come; `heard` are the lines after IDLE."""

    def __init__(self, mail: FakeImapServer, answer: str = "OK Done", news: str = "* 7 EXISTS") -> None:
        self.heard: list[bytes] = []
        self._answer = answer
        self._news = news
        mail.behave_now(Behaviour(on_command={"IDLE": self._idle}))

    async def _idle(self, session: Session, command: Command) -> None:
        await session.line("+ idling")
        await session.line(self._news)
        self.heard.append(await session.read_line())
        following = await session.read_command()
        self.heard.append(following.raw)
        status, _, text = self._answer.partition(" ")
        await session.tagged(command, status, text)
        await session.answer_normally(following)


async def test_the_next_command_goes_out_with_done() -> None:
    async with FakeImapServer() as mail, signed_in(endpoint_of(mail), timeouts=QUICK) as client:
        await client.run(Select("INBOX"))
        server = _Server(mail)
        assert await client.idle(30, reads_on=True) == [ExistsData(7)]
        assert server.heard == []
        assert (await client.run(_STATUS)).name == "Sent"
        assert server.heard[0] == b"DONE\r\n"
        assert b"STATUS" in server.heard[1]
        assert await client.idle(30, reads_on=True) == [ExistsData(7)]
        await client.run(_STATUS)
        assert client.pending == 0


async def test_without_a_next_command_done_goes_out_before_the_next_idle() -> None:
    async with FakeImapServer() as mail, signed_in(endpoint_of(mail)) as client:
        await client.run(Select("INBOX"))
        for _ in range(2):
            idling = asyncio.create_task(client.idle(30, reads_on=True))
            await eventually(lambda: any(session.idling for session in mail.world.sessions))
            for session in mail.world.sessions:
                session.tell("* 7 EXISTS")
                await session.flush_news()
            assert await idling == [ExistsData(7)]
        assert await client.idle(0.05, reads_on=True) == []
        assert client.pending == 0


async def test_a_late_refusal_is_told_by_the_next_idle() -> None:
    async with FakeImapServer() as mail, signed_in(endpoint_of(mail)) as client:
        await client.run(Select("INBOX"))
        _Server(mail, "NO Not here")
        assert await client.idle(30, reads_on=True) == [ExistsData(7)]
        await client.run(_STATUS)
        with pytest.raises(CommandFailed):
            await client.idle(30, reads_on=True)
        await client.run(Noop())


async def test_a_server_that_never_answers_done_is_given_up() -> None:
    async def deaf(session: Session, _command: Command) -> None:
        await session.line("+ idling")
        await session.line("* 7 EXISTS")
        await session.stay_silent()

    async with FakeImapServer() as mail, signed_in(endpoint_of(mail), timeouts=Timeouts(idle_end=0.2)) as client:
        await client.run(Select("INBOX"))
        mail.behave_now(Behaviour(on_command={"IDLE": deaf}))
        assert await client.idle(30, reads_on=True) == [ExistsData(7)]
        with pytest.raises(ConnectionLost) as caught:
            await client.idle(30, reads_on=True)
        assert (caught.value.failure.phase, caught.value.failure.code) == ("idle", "ETIMEDOUT")


async def test_any_other_server_answers_idle_before_the_next_command() -> None:
    async with FakeImapServer() as mail, signed_in(endpoint_of(mail), timeouts=Timeouts(idle_end=0.2)) as client:
        await client.run(Select("INBOX"))
        server = _Server(mail)
        with pytest.raises(ConnectionLost):
            await client.idle(30)
        assert server.heard == [b"DONE\r\n"]


async def test_news_by_sequence_number_wait_for_the_answer() -> None:
    """Until IDLE is answered a message may be removed, and the number is then that of another one."""
    async with FakeImapServer() as mail, signed_in(endpoint_of(mail), timeouts=Timeouts(idle_end=0.2)) as client:
        await client.run(Select("INBOX"))
        server = _Server(mail, news="* 5 FETCH (FLAGS (\\Seen))")
        with pytest.raises(ConnectionLost):
            await client.idle(30, reads_on=True)
        assert server.heard == [b"DONE\r\n"]
        mail.behave_now(Behaviour())


async def test_news_by_uid_do_not_wait() -> None:
    async with FakeImapServer() as mail, signed_in(endpoint_of(mail), timeouts=QUICK) as client:
        await client.run(Select("INBOX"))
        server = _Server(mail, news="* 5 FETCH (UID 9 FLAGS (\\Seen))")
        assert [news.uid for news in await client.idle(30, reads_on=True) if isinstance(news, FetchData)] == [9]
        assert server.heard == []
        await client.run(_STATUS)
