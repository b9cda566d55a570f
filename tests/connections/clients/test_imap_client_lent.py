"""What those who lend sessions ask of a client: whether it is whole, and when it has ended."""

from __future__ import annotations

import asyncio

import pytest

from postroom.connections.failures import ConnectionLost
from postroom.imap.commands.select import Select, Unselect
from postroom.imap.commands.session import Noop
from tests.connections.imap_opening import endpoint_of, signed_in
from tests.fakes.imap_server import FakeImapServer, drop_during, never_answer
from tests.fakes.waiting import eventually


async def test_a_command_that_was_given_up_is_remembered() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        await client.run(Noop())
        assert (client.interrupted, client.pending) == (False, 0)
        server.behave_now(never_answer("NOOP"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.run(Noop())
        assert (client.interrupted, client.pending) == (True, 1)
        client.close()


async def test_an_answer_may_be_looked_at_later_or_never() -> None:
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        await client.run(Select("INBOX"))
        await client.begin(Unselect())
        assert client.selected is None
        server.behave_now(drop_during("NOOP"))
        forgotten = client.begin(Noop())
        await eventually(forgotten.done)
        with pytest.raises(ConnectionLost):
            client.begin(Noop())


async def test_all_who_want_to_know_of_the_end_are_told_once() -> None:
    told: list[str] = []
    async with FakeImapServer() as server, signed_in(endpoint_of(server)) as client:
        client.when_ended(lambda: told.append("first"))
        client.when_ended(lambda: told.append("second"))
        client.close()
        client.close()
        assert told == ["first", "second"]
        client.when_ended(lambda: told.append("late"))
        assert told[2:] == ["late"]
