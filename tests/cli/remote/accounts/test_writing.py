"""`postroom account add` and `update` against a real gateway and mail server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.imap_server import FakeImapServer, refuse_login
from tests.fakes.smtp_server import FakeSmtpServer
from tests.flows.gateway import Gateway, imap

pytestmark = pytest.mark.asyncio(loop_scope="session")


def servers(mail: FakeImapServer, *more: str) -> list[str]:
    return ["--imap", f"{mail.host}:{mail.port}", "--set", "imap.secure=false", *more]


async def test_an_account_is_added_and_connects(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    options = ["--password-file", "-", "--metadata", "tenant=42", "--name", "Ada", "--wait", "30"]
    done = await person.run("account", "add", "ada@example.test", *servers(mail, *options), stdin=b"pass\n")
    assert done.status == 0, done
    assert "added" in done.out
    assert "ada@example.test: connected" in done.err
    account = await gateway.get("ada@example.test")
    assert (account["name"], account["metadata"], account["state"]) == ("Ada", {"tenant": "42"}, "connected")
    assert account["imap"]["auth"]["user"] == "ada@example.test"


async def test_a_wrong_password_stores_nothing_and_is_not_shown(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    done = await person.run(
        "account", "add", "ada@example.test", *servers(mail, "--password-file", "-"), stdin=b"not-this-one"
    )
    assert (done.status, done.out) == (1, "")
    assert "not-this-one" not in done.err
    assert (await person.run("account", "show", "ada@example.test")).status == 3


async def test_a_server_that_repeats_the_password_is_not_repeated(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    mail.behave(refuse_login("AUTHENTICATIONFAILED", "no, swordfish-1234 is wrong\x1b[2J"))
    options = servers(mail, "--password-file", "-")
    done = await person.run("account", "add", "ada@example.test", *options, stdin=b"swordfish-1234")
    assert done.status == 1
    assert "swordfish" not in done.err
    assert "\x1b" not in done.err


async def test_a_password_is_never_needed_as_an_argument(person: CommandLine) -> None:
    done = await person.run("account", "add", "ada@example.test", "--imap", "127.0.0.1:1")
    assert done.status == 2
    assert "--password-file" in done.err
    assert (await person.run("account", "add", "a@example.test", "--password", "x")).status == 2


async def test_servers_that_are_not_found_are_asked_for(gateway: Gateway, person: CommandLine) -> None:
    done = await person.run("account", "add", "ada@domain.invalid", "--password-file", "-", stdin=b"pass")
    assert done.status == 1
    assert "--imap HOST" in done.err


async def test_an_id_that_is_taken_stays_unless_it_is_replaced(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada", imap(mail, "ada", disabled=True))
    options = ["account", "add", "--id", "ada", "--user", "ada", *servers(mail, "--password-file", "-")]
    taken = await person.run(*options, stdin=b"pass")
    assert taken.status == 1
    assert "AccountAlreadyExists" in taken.err
    replaced = await person.run(*options, "--replace", stdin=b"pass")
    assert (replaced.status, "updated" in replaced.out) == (0, True)


async def test_a_whole_body_comes_from_a_file(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine, tmp_path: Path
) -> None:
    async with FakeSmtpServer() as smtp:
        block = {"host": smtp.host, "port": smtp.port, "auth": {"user": "ada", "pass": "pass"}}
        (tmp_path / "ada.json").write_text(json.dumps({"account": "ada", "imap": imap(mail, "ada"), "smtp": block}))
        (answered,) = await person.read("account", "add", "--from", str(tmp_path / "ada.json"), "--name", "Ada")
    assert answered == {"account": "ada", "state": answered["state"], "created": True}
    account = await gateway.get("ada")
    assert (account["name"], account["smtp"]["port"]) == ("Ada", smtp.port)


@pytest.mark.parametrize(
    ("arguments", "stdin", "says"),
    [
        (["account", "add"], b"", "address of the mailbox"),
        (["account", "add", "--from", "-"], b"[1]", "must be a JSON object"),
        (["account", "add", "--from", "-"], b'{"account": hidden', "is not JSON"),
        (["account", "add", "--from", "none.json"], b"", "cannot be read"),
        (["account", "add", "a@b.example", "--imap", "host:port"], b"", "HOST:PORT"),
        (["account", "add", "a@b.example", "--set", "imap"], b"", "NAME=VALUE"),
    ],
)
async def test_wrong_uses(person: CommandLine, arguments: list[str], stdin: bytes, says: str) -> None:
    done = await person.run(*arguments, stdin=stdin)
    assert done.status == 2
    assert says in " ".join(done.err.replace("│", " ").split())
    assert "hidden" not in done.err


async def test_an_update_changes_what_is_named(gateway: Gateway, mail: FakeImapServer, person: CommandLine) -> None:
    await gateway.register("ada", imap(mail, "ada", "wrong"), metadata={"tenant": "42"})
    await gateway.reaches("ada", "authenticationError")
    options = ["--password-file", "-", "--metadata", "plan=x", "--set", "webhooks=http://127.0.0.1:1/h", "--wait", "30"]
    done = await person.run("account", "update", "ada", *options, stdin=b"pass\n")
    assert done.status == 0, done
    account = await gateway.get("ada")
    assert account["metadata"] == {"tenant": "42", "plan": "x"}
    assert account["webhooks"] == "http://127.0.0.1:1/h"
    assert account["state"] == "connected"


async def test_an_update_that_fails_changes_nothing(
    gateway: Gateway, mail: FakeImapServer, person: CommandLine
) -> None:
    await gateway.register("ada", imap(mail, "ada"))
    await gateway.reaches("ada", "connected")
    done = await person.run("account", "update", "ada", "--password-file", "-", stdin=b"not-this-one")
    assert done.status == 1
    assert "not-this-one" not in done.err
    assert (await gateway.get("ada"))["state"] == "connected"
    assert (await person.run("account", "update", "ada")).status == 2
    assert (await person.run("account", "update", "nobody", "--name", "x")).status == 3
