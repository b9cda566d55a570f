"""`postroom account reconnect`, `disconnect` and `delete`, for one account and for several."""

from __future__ import annotations

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.imap_server import FakeImapServer
from tests.flows.gateway import Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_account_is_disconnected_and_reconnected(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada", imap(mail, "ada"))
    await gateway.reaches("ada", "connected")
    assert (await person.run("account", "disconnect", "ada")).out == "ada: disconnected\n"
    await gateway.reaches("ada", "disconnected")
    done = await person.run("account", "reconnect", "ada", "--wait", "30")
    assert (done.status, done.out) == (0, "ada: reconnecting\n")
    assert done.err.splitlines()[-1] == "ada: connected"


async def test_of_several_each_is_told(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    for name in ("ada", "bob"):
        await gateway.register(name, imap(mail, name, disabled=True))
    done = await person.run("account", "delete", "ada", "nobody", "bob", "ada", "--yes")
    assert done.status == 6
    assert done.out == "ada: deleted\nbob: deleted\n"
    assert done.err.startswith("nobody: ")
    assert (await person.run("account", "delete", "nobody", "nothing", "--yes")).status == 3


async def test_json_has_an_answer_in_each_line(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    for name in ("ada", "bob"):
        await gateway.register(name, imap(mail, name, disabled=True))
    found = await person.read("account", "delete", "ada", "bob", "--yes")
    assert [(each["account"], each["deleted"]) for each in found] == [("ada", True), ("bob", True)]


async def test_nothing_is_deleted_without_a_yes(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    await gateway.register("ada", imap(mail, "ada", disabled=True))
    done = await person.run("account", "delete", "ada", stdin=b"y\n")
    assert done.status == 2
    assert "--yes" in done.err
    assert (await person.run("account", "show", "ada")).status == 0
