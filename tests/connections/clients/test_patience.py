"""The limits of a command and of a sign-in as a whole, with servers that keep talking and never answer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from postroom.connections.failures import ConnectionLost
from postroom.imap.commands.list import List
from postroom.imap.commands.select import Select
from postroom.imap.commands.status import Status
from tests.connections.imap_opening import PROMPT, QUICK, endpoint_of, failure_of, signed_in
from tests.fakes.imap.command import Command
from tests.fakes.imap.session import Session
from tests.fakes.imap_server import CAPABILITIES, Behaviour, FakeImapServer, drip, greet_with, never_answer


@pytest.mark.long
@pytest.mark.parametrize("command", ["CAPABILITY", "LOGIN", "NAMESPACE", "ID"])
async def test_signing_in_has_one_limit_however_a_server_drips(command: str) -> None:
    """The limit of a whole command is far away here, and so is that of the test if it were for each line."""
    timeouts = replace(QUICK, command=1.0, command_total=600.0)
    async with FakeImapServer(capabilities=(*CAPABILITIES, "ID")) as server:
        server.behave(drip(command) | (greet_with("* OK ready") if command == "CAPABILITY" else Behaviour()))
        async with asyncio.timeout(6 * PROMPT):
            failure = await failure_of(endpoint_of(server), timeouts=timeouts)
        assert (failure.kind, failure.phase, failure.code) == ("connection", "login", "ETIMEDOUT")
        assert failure.response.startswith("The sign-in was not done")


@pytest.mark.long
async def test_several_slow_commands_of_a_sign_in_share_one_limit() -> None:
    """Each of them is answered within the limit, and all of them together are not."""
    timeouts = replace(QUICK, command=1.2)

    async def late(session: Session, command: Command) -> None:
        await asyncio.sleep(0.8)
        await session.answer_normally(command)

    async with FakeImapServer() as server:
        server.behave(Behaviour(on_command=dict.fromkeys(("LOGIN", "AUTHENTICATE", "NAMESPACE", "ID"), late)))
        failure = await failure_of(endpoint_of(server), timeouts=timeouts)
        assert (failure.phase, failure.code) == ("login", "ETIMEDOUT")


@pytest.mark.long
@pytest.mark.parametrize("behave", [never_answer("IDLE"), drip("IDLE")])
async def test_idle_must_begin_long_before_it_is_renewed(behave: Behaviour) -> None:
    async with FakeImapServer() as server:
        server.behave(behave)
        async with signed_in(endpoint_of(server)) as client:
            async with asyncio.timeout(6 * PROMPT):
                with pytest.raises(ConnectionLost) as caught:
                    await client.idle(3600)
            assert (caught.value.failure.phase, caught.value.failure.code) == ("idle", "ETIMEDOUT")
            assert "IDLE did not begin" in caught.value.failure.response


@pytest.mark.long
@pytest.mark.parametrize("command", [Select("INBOX"), Status("INBOX", ("MESSAGES",)), List("", "*")])
async def test_a_command_has_one_limit_however_a_server_drips(command: Any) -> None:
    async with FakeImapServer() as server:
        server.behave(drip("SELECT", "STATUS", "LIST"))
        async with signed_in(endpoint_of(server)) as client:
            with pytest.raises(ConnectionLost) as caught:
                async with asyncio.timeout(6 * PROMPT):
                    await client.run(command)
            assert caught.value.failure.response.endswith(f"within {QUICK.command_total:g} s")
