"""`postroom account diagnose` against a real gateway."""

from __future__ import annotations

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.flows.gateway import Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_account_that_is_well(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    await gateway.register("ada", imap(mail, "ada"))
    await gateway.reaches("ada", "connected")
    shown = await person.run("account", "diagnose", "ada")
    assert shown.status == 0
    assert ["imap", "login", "ok"] in [row[:3] for row in shown.rows]


async def test_an_account_that_is_refused(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    await gateway.register("ada", imap(mail, "ada"))
    await gateway.reaches("ada", "connected")
    mail.behave(refuse_login("AUTHENTICATIONFAILED"))
    shown = await person.run("account", "diagnose", "ada")
    assert shown.status == 1
    assert ["imap", "login", "failed"] in [row[:3] for row in shown.rows]
    as_json = await person.run("account", "diagnose", "ada", "--json")
    assert as_json.status == 1
    assert as_json.objects[0]["verdict"]["cure"] in shown.out


async def test_an_account_that_is_not_there(gateway: Gateway, person: CommandLine) -> None:
    assert (await person.run("account", "diagnose", "nobody")).status == 3
