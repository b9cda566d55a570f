"""The session between connection and stream: what is kept of what the server says, and that no answer is ever lost."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from postroom.connections.clients import session as session_module
from postroom.connections.clients.memory import memory_of
from postroom.connections.clients.session import Session
from postroom.connections.failures import ConnectionLost
from postroom.connections.transcripts.tap import NO_TAP, SpokenLine, Tap
from postroom.imap.commands.list import List
from postroom.imap.commands.search import Search
from postroom.imap.commands.select import Select
from postroom.imap.commands.session import Capability, Logout, Noop
from postroom.imap.dialogue.events import ByeReceived, GreetingReceived
from postroom.imap.errors import CommandFailed
from postroom.imap.limits import Limits
from postroom.imap.parsing.parse import parse_response
from postroom.imap.parsing.wire import RawResponse
from postroom.imap.responses import ExistsData, Response
from tests.fakes.waiting import eventually


@asynccontextmanager
async def session_and_server(
    limits: Limits | None = None, tap: Tap = NO_TAP
) -> AsyncIterator[tuple[Session, socket.socket]]:
    """A session and the other end of its socket."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    session = Session(limits, tap=tap)
    await session.attach(ours)
    try:
        with theirs:
            yield session, theirs
            session.end(ConnectionResetError("over"))
    finally:
        await asyncio.sleep(0.01)


async def test_the_greeting_and_remarks_while_opening() -> None:
    async with session_and_server() as (session, server):
        server.sendall(b"* OK [ALERT] Backups run today\r\n")
        await session.wait()
        assert isinstance(session.greeting, GreetingReceived)
        server.sendall(b"* NO [WEBALERT https://example.test/in] Web login required\r\n" + b"* NO again\r\n" * 9)
        await eventually(lambda: len(session.remarks) == 3)
        assert session.remarks[:2] == ("Backups run today", "Web login required https://example.test/in")
        session.opening, session.remarks = None, ()
        server.sendall(b"* NO [ALERT] Disk is full\r\n* 3 EXISTS\r\n")
        await session.wait()
        assert session.remarks == ()
        assert session.take_news() == [ExistsData(3)]


async def test_every_answer_comes_or_is_lost_with_the_session() -> None:
    async with session_and_server() as (session, server):
        server.sendall(b"* OK ready\r\n")
        await session.wait()
        first, second = session.send(Noop()), session.send(Capability())
        server.sendall(b"a1 NO Not now\r\n")
        with pytest.raises(CommandFailed):
            await first
        server.sendall(b"* BYE [UNAVAILABLE] Maintenance\r\n* BYE again\r\n")
        with pytest.raises(ConnectionLost) as caught:
            await second
        assert (caught.value.failure.code, caught.value.failure.response) == ("UNAVAILABLE", "Maintenance")
        with pytest.raises(ConnectionLost):
            session.send(Noop())


async def test_an_answer_before_nonsense_counts_and_those_behind_it_are_lost() -> None:
    async with session_and_server() as (session, server):
        server.sendall(b"* OK ready\r\n")
        await session.wait()
        answers = [session.send(Noop()), session.send(Noop())]
        server.sendall(b"a1 OK Done\r\na99 OK Nobody asked\r\n")
        first, second = await asyncio.gather(*answers, return_exceptions=True)
        assert first is None
        assert isinstance(second, ConnectionLost)
        assert second.code == "EPROTOCOL"


async def test_a_goodbye_instead_of_a_greeting() -> None:
    async with session_and_server() as (session, server):
        server.sendall(b"* BYE Too busy\r\n")
        await session.wait()
        assert isinstance(session.greeting, ByeReceived)
        assert session.failure is not None
        assert await asyncio.get_running_loop().sock_recv(server, 1) == b""


async def test_logging_out_waits_for_the_answer_behind_the_goodbye() -> None:
    async with session_and_server() as (session, server):
        server.sendall(b"* OK ready\r\n")
        await session.wait()
        answer = session.send(Logout())
        server.sendall(b"* BYE See you\r\n")
        await asyncio.sleep(0.02)
        assert session.failure is None
        server.sendall(b"a1 OK Bye\r\n")
        assert await answer is None  # type: ignore[func-returns-value]


async def test_a_fault_in_the_parser_ends_one_session_alone() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))

    class Faulty:
        def receive_data(self, data: bytes) -> None:
            raise IndexError("a fault")

        def receive_eof(self) -> list[Any]:
            return []

    async with session_and_server() as (session, server), session_and_server() as (other, other_server):
        for each in (server, other_server):
            each.sendall(b"* OK ready\r\n")
        await eventually(lambda: session.greeting and other.greeting)
        answer = session.send(Noop())
        session.connection = Faulty()  # type: ignore[assignment]
        server.sendall(b"poison\r\n")
        with pytest.raises(ConnectionLost) as caught:
            await answer
        assert caught.value.code == "EINTERNAL"
        other_server.sendall(b"* 1 EXISTS\r\n")
        await other.wait()
        assert other.failure is None
    assert len(complaints) == 1


async def test_waking_is_not_forgotten() -> None:
    async with session_and_server() as (session, server):
        session.wake()
        await asyncio.wait_for(session.wait(), 1)
        waiting = asyncio.create_task(session.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        session.wake()
        await asyncio.wait_for(waiting, 1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.wait(), 0.02)
        assert server.fileno() > 0


async def test_a_long_response_is_read_beside_the_loop_and_in_its_place() -> None:
    async with session_and_server() as (session, server):
        loop = asyncio.get_running_loop()
        server.sendall(b"* PREAUTH ready\r\n")
        await session.wait()
        select = session.send(Select("INBOX"))
        server.sendall(b"* 5 EXISTS\r\na1 OK Done\r\n")
        await select
        search = session.send(Search())
        answer = b"* SEARCH " + b" ".join(b"%d" % number for number in range(1, 400_000, 2)) + b"\r\na2 OK Done\r\n"
        turns = 0
        sending = asyncio.ensure_future(loop.sock_sendall(server, answer))
        while not search.done():
            await asyncio.sleep(0)
            turns += session.is_busy
        await sending
        found = search.result().uids
        assert found is not None
        assert (len(found), found.max) == (200_000, 399_999)
        assert turns > 0


async def test_a_long_response_that_cannot_be_read_ends_the_session() -> None:
    async with session_and_server() as (session, server):
        server.sendall(b"* PREAUTH ready\r\n")
        await session.wait()
        noop = session.send(Noop())
        server.sendall(b"* STATUS " + b'"' * 50_000 + b"\r\na1 OK Done\r\n")
        with pytest.raises(ConnectionLost) as caught:
            await noop
        assert caught.value.failure.code == "EPROTOCOL"


async def test_a_session_that_ends_meanwhile_does_not_care_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    may_read, was_read = threading.Event(), asyncio.Event()
    take = Session._read

    def slowly(raw: RawResponse, limits: Limits) -> Response:
        if len(raw.text) > 10_000:
            may_read.wait(60)
        return parse_response(raw, limits)

    def taken(session: Session, raw: RawResponse, reading: asyncio.Future[Response]) -> None:
        take(session, raw, reading)
        was_read.set()

    monkeypatch.setattr(session_module, "parse_response", slowly)
    monkeypatch.setattr(Session, "_read", taken)
    async with session_and_server() as (session, server):
        server.sendall(b"* PREAUTH ready\r\n* FLAGS (" + b"a " * 20_000 + b")\r\n")
        await session.wait()
        await eventually(lambda: session.is_busy)
        session.end(OSError("enough"))
        may_read.set()
        await asyncio.wait_for(was_read.wait(), 60)
        assert str(session.failure) == "enough"


async def test_a_server_that_is_not_listened_to_is_not_read() -> None:
    """What comes faster than it is worked on stays in the sockets."""
    async with session_and_server() as (session, server):
        loop = asyncio.get_running_loop()
        server.sendall(b"* PREAUTH ready\r\n")
        await session.wait()
        memory = memory_of(loop)
        other = Other()
        assert memory.hold(other, memory.left)
        noop = session.send(Noop())
        sent = 0
        literal = b"* 1 FETCH (BODY[] {30000000}\r\n" + b"x" * 30_000_000 + b")\r\na1 OK Done\r\n"

        async def send() -> None:
            nonlocal sent
            for at in range(0, len(literal), 65536):
                await loop.sock_sendall(server, literal[at : at + 65536])
                sent += 65536

        sending = asyncio.ensure_future(send())
        await eventually(lambda: session.is_busy)
        await asyncio.sleep(0.1)
        assert sent < 10_000_000
        assert memory.left == 0
        memory.hold(other, 0)
        await noop
        await sending
        await eventually(lambda: memory.left > 90_000_000)


class Other:
    """Somebody else who holds memory."""

    received = 0

    def granted(self) -> None: ...

    def end(self, error: BaseException) -> None: ...


@pytest.mark.parametrize("endless", [b"* 1 EXISTS\r\n", b"\r\n", b"+ \r\n", b"* OK " + b"x" * 100_000 + b"\r\n"])
async def test_what_nobody_asked_for_without_end_is_abuse(endless: bytes) -> None:
    async with session_and_server() as (session, server):
        loop = asyncio.get_running_loop()
        server.sendall(b"* PREAUTH ready\r\n")
        await session.wait()
        noop = session.send(Noop())

        async def send() -> None:
            piece = endless * max(1, 65536 // len(endless))
            while session.failure is None:
                await loop.sock_sendall(server, piece)

        with pytest.raises(ConnectionLost) as caught:
            await asyncio.gather(noop, send())
        assert (caught.value.failure.code, bool(session.news)) == ("ABUSE", b"EXISTS" in endless)


async def test_many_answers_to_one_command_are_bounded_by_the_memory_they_take() -> None:
    async with session_and_server(Limits(max_kept=1_000_000)) as (session, server):
        loop = asyncio.get_running_loop()
        server.sendall(b"* PREAUTH ready\r\n")
        await session.wait()
        listing = session.send(List())
        await loop.sock_sendall(server, b'* LIST (\\HasNoChildren) "/" INBOX.a\r\n' * 5000)
        with pytest.raises(ConnectionLost) as caught:
            await listing
        assert "more than 1,000,000 octets in answer to one command" in caught.value.failure.response


async def test_answers_to_several_commands_are_not_counted_together() -> None:
    async with session_and_server(Limits(max_kept=1_000_000)) as (session, server):
        server.sendall(b"* PREAUTH ready\r\n")
        await session.wait()
        for number in range(1, 6):
            listing = session.send(List())
            server.sendall(b'* LIST (\\HasNoChildren) "/" INBOX.a\r\n' * 1000 + b"a%d OK Done\r\n" % number)
            assert len((await listing).mailboxes) == 1000


async def test_listening_begins_between_commands_and_ends_at_once() -> None:
    kept: list[SpokenLine] = []
    tap = Tap("a1", False, kept.append)
    async with session_and_server(tap=tap) as (session, server):
        server.sendall(b"* PREAUTH [CAPABILITY IMAP4rev1] hello\r\n")
        await session.wait()
        first = session.send(Noop())
        tap.is_on = True
        second = session.send(Capability())
        server.sendall(b"a1 OK\r\n* CAPABILITY IMAP4rev1\r\na2 OK\r\n")
        await asyncio.gather(first, second)
        assert kept == []
        third = session.send(Noop())
        server.sendall(b"* 1 EXISTS\r\na3 OK done\r\n")
        await third
        assert [(line.kind, line.text) for line in kept] == [
            ("sent", "a3 NOOP"),
            ("received", "* 1 EXISTS"),
            ("received", "a3 OK done"),
        ]
        tap.is_on = False
        fourth = session.send(Noop())
        server.sendall(b"a4 OK\r\n")
        await fourth
        assert len(kept) == 3
        tap.is_on = True
        fifth = session.send(Noop())
        server.sendall(b"a5 OK\r\n")
        await fifth
    assert [line.text for line in kept[3:]] == ["a5 NOOP", "a5 OK", "ended: over"]


async def test_a_session_that_is_listened_to_from_its_beginning() -> None:
    kept: list[SpokenLine] = []
    async with session_and_server(tap=Tap("a1", True, kept.append)) as (session, server):
        server.sendall(b"* OK hello\r\n")
        await session.wait()
        server.sendall(b"* BYE enough\r\n")
        await eventually(lambda: session.failure)
    assert [line.text for line in kept][:3] == ["connected to a server that has left", "* OK hello", "* BYE enough"]
    assert kept[-1].kind == "note"
