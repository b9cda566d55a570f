"""`postroom account list` and `show` against a real gateway."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.flows.gateway import Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")

HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m<b>\u202eevil[red]"


async def test_accounts_are_listed_with_their_states(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada", imap(mail, "ada"), email="ada@example.test", metadata={"tenant": "42"})
    await gateway.register("bob", imap(mail, "bob", disabled=True))
    await gateway.reaches("ada", "connected")
    shown = await person.run("account", "list")
    assert shown.status == 0
    assert shown.out.splitlines()[0].split() == ["account", "state", "type", "email", "why"]
    assert [row[:4] for row in shown.rows] == [
        ["ada", "connected", "imap", "ada@example.test"],
        ["bob", "unset", "imap", "bob"],
    ]
    assert [each["account"] for each in await person.read("account", "list", "--metadata", "tenant=42")] == ["ada"]
    assert [each["account"] for each in await person.read("account", "list", "--state", "unset")] == ["bob"]
    assert [each["account"] for each in await person.read("account", "list", "--health", "stopped")] == ["bob"]
    assert {each["account"] for each in await person.read("account", "list", "--provider", mail.host)} >= {"ada"}
    assert (await person.run("account", "list", "--provider", "elsewhere.test")).out == ""
    assert [each["account"] for each in await person.read("account", "list", "--limit", "1")] == ["ada"]


async def test_no_accounts_is_no_error_and_no_output(gateway: Gateway, person: CommandLine) -> None:
    shown = await person.run("account", "list")
    assert (shown.status, shown.out) == (0, "")
    assert "no such accounts" in shown.err


async def test_an_account_is_shown_without_its_secrets(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada", imap(mail, "ada", password="pass"), webhooks="https://u:hidden@receiver.test/h")
    await gateway.reaches("ada", "connected")
    shown = await person.run("account", "show", "ada")
    assert f"{mail.host}:{mail.port} as ada" in shown.out
    assert re.search(r"^sync +(\d+) of \1 folders in sync", shown.out, re.MULTILINE)
    assert "hidden" not in shown.out
    (account,) = await person.read("account", "show", "ada")
    assert account["imap"]["auth"] == {"user": "ada", "pass": "******"}


async def test_an_account_that_failed_says_why_and_what_to_do(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    mail.behave(refuse_login("AUTHENTICATIONFAILED"))
    await gateway.register("ada", imap(mail, "ada"))
    await gateway.reaches("ada", "authenticationError")
    shown = await person.run("account", "show", "ada")
    assert "authenticationError since" in shown.out
    assert "what to do" in shown.out


async def test_hostile_words_are_shown_and_not_obeyed(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada", imap(mail, "ada", disabled=True), name=HOSTILE, metadata={"note": HOSTILE})
    for arguments in (("account", "show", "ada"), ("account", "list"), ("account", "show", "ada", "--json")):
        shown = await person.run(*arguments)
        assert shown.status == 0
        assert not [letter for letter in shown.out if letter < " " and letter != "\n"], shown.out
        assert not set("\x1b\x9b\u202e") & set(shown.out)
    (account,) = await person.read("account", "show", "ada")
    assert account["metadata"]["note"] == HOSTILE


async def test_an_account_that_is_not_there_is_exit_3(gateway: Gateway, person: CommandLine) -> None:
    shown = await person.run("account", "show", "nobody")
    assert (shown.status, shown.out) == (3, "")
    assert "not found" in shown.err
    assert len(shown.err.splitlines()) == 1


@pytest.mark.parametrize("name", ["", ".", ".."])
async def test_a_name_that_cannot_stand_in_a_path_is_a_wrong_use(stranger: CommandLine, name: str) -> None:
    assert (await stranger.run("account", "show", name, "--url", "http://127.0.0.1:1", "--token", "x")).status == 2


async def test_json_lines_of_many_accounts_come_from_several_pages(gateway: Gateway, person: CommandLine) -> None:
    block = {"host": "127.0.0.1", "port": 1, "disabled": True}
    for number in range(25):
        await gateway.register(f"a{number:02}", block)
    found: list[Any] = await person.read("account", "list", "--limit", "1000")
    assert [each["account"] for each in found] == [f"a{number:02}" for number in range(25)]
    assert json.dumps(found[0]).isascii()
