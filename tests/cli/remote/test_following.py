"""An account that a command follows must be there, unless the command shall wait for it."""

from __future__ import annotations

import asyncio

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.imap_server import FakeImapServer
from tests.flows.gateway import Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_account_that_is_not_there_is_said(gateway: Gateway, person: CommandLine) -> None:
    done = await person.run("events", "tail", "--account", "nobody-at-all")
    assert (done.status, done.out) == (3, "")
    assert "no account nobody-at-all" in done.err
    assert "--wait-for-account" in done.err


async def test_an_account_can_be_waited_for(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    options = ("--account", "ada-to-come", "--wait-for-account", "--since", "0", "--count", "1")
    with person.process("events", "tail", *options) as tail:
        await gateway.register("ada-to-come", imap(mail, "ada", disabled=True))
        await asyncio.to_thread(tail.wait_for, r"accountAdded .*ada-to-come")


async def test_a_token_that_may_not_read_accounts_follows_events(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada-heard", imap(mail, "ada", disabled=True))
    token = {"description": "events", "scopes": ["api"], "permissions": {"groups": ["events"]}}
    made = await gateway.ask("POST", "/v1/tokens", token)
    listener = CommandLine(person.folder, person.url, made["token"])
    (one,) = await listener.read("events", "tail", "--account", "ada-heard", "--since", "0", "--count", "1")
    assert one["event"] == "accountAdded"
