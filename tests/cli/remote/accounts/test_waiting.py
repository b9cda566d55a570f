"""Waiting for an account ends with its state, or with the time."""

from __future__ import annotations

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.imap_server import FakeImapServer, never_greet, refuse_login
from tests.flows.gateway import Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_state_that_stays_ends_it_with_what_to_do(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada", imap(mail, "ada"))
    await gateway.reaches("ada", "connected")
    mail.behave(refuse_login("AUTHENTICATIONFAILED"))
    done = await person.run("account", "reconnect", "ada", "--wait", "30")
    assert done.status == 1
    assert "ada: authenticationError" in done.err
    account = await gateway.get("ada")
    assert account["lastError"]["advice"] in done.err


async def test_the_time_ends_it(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    mail.behave(never_greet())
    await gateway.register("ada", imap(mail, "ada"))
    await gateway.reaches("ada", "connecting")
    done = await person.run("account", "reconnect", "ada", "--wait", "0.3")
    assert done.status == 1
    assert "It is still " in done.err
