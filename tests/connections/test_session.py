"""The session between connection and stream: what is kept of what the server says, and that no answer is ever lost."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from postroom.connections.failures import ConnectionLost
from postroom.connections.session import Session
from postroom.imap.commands.session import Capability, Logout, Noop
from postroom.imap.errors import CommandFailed
from postroom.imap.events import ByeReceived, GreetingReceived
from postroom.imap.responses import ExistsData
from tests.fakes.waiting import eventually


@asynccontextmanager
async def session_and_server() -> AsyncIterator[tuple[Session, socket.socket]]:
    """A session and the other end of its socket."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.setblocking(False)
    session = Session()
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
        assert await answer is None


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
