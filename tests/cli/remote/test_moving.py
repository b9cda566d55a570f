"""`postroom import-emailengine` from a fake EmailEngine to a real gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.emailengine import TOKEN as ENGINE_TOKEN
from tests.fakes.emailengine import FakeEmailEngine, exported
from tests.flows.gateway import Gateway
from tests.moving.documents import password_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVER = {"host": "127.0.0.1", "port": 1, "secure": False, "auth": {"user": "u", "pass": "geheim-geheim"}}


def account(name: str) -> dict[str, Any]:
    return password_account(name, imap=SERVER, smtp=SERVER)


async def names(gateway: Gateway) -> list[str]:
    return [each["account"] for each in (await gateway.ask("GET", "/v1/accounts"))["accounts"]]


@pytest.fixture
def mover(person: CommandLine) -> CommandLine:
    """Somebody who has the token of the EmailEngine too."""
    return CommandLine(person.folder, person.url, person.token, {"EMAILENGINE_TOKEN": ENGINE_TOKEN})


async def test_the_plan_comes_first_and_then_it_is_carried_out(
    gateway: Gateway, mover: CommandLine, tmp_path: Path
) -> None:
    accounts = [account("ada"), account("ben")]
    (tmp_path / "export.json").write_text("\n".join(exported(accounts)))
    with FakeEmailEngine(accounts=accounts) as engine:
        options: tuple[str, ...] = ("import-emailengine", "--from", engine.url)
        masked = await mover.run(*options)
        assert (masked.status, "waiting for a person" in masked.out) == (0, True)
        options = (*options, "--export", str(tmp_path / "export.json"))
        planned = await mover.run(*options)
        assert (planned.status, "2 to be registered" in planned.out) == (0, True)
        assert "--carry-out" in planned.err
        assert await names(gateway) == []
        done = await mover.run(*options, "--carry-out")
        assert done.status == 0, done
        assert "1/2 account ada: done" in done.out
        assert await names(gateway) == ["ada", "ben"]
        again = await mover.run(*options, "--carry-out")
        assert (again.status, "in Postroom already" in again.out) == (0, True)
    for shown in (masked, planned, done, again):
        assert "geheim-geheim" not in shown.out + shown.err
        assert ENGINE_TOKEN not in shown.out + shown.err


async def test_a_file_alone_is_enough_and_one_account_of_it(
    gateway: Gateway, person: CommandLine, tmp_path: Path
) -> None:
    (tmp_path / "export.json").write_text("\n".join(exported([account("ada"), account("ben")])))
    options = ("import-emailengine", "--export", str(tmp_path / "export.json"))
    found = await person.read(*options, "--account", "ben", "--carry-out")
    assert found[0]["accounts"]["goes"] == ["ben"]
    assert [(each["name"], each["result"]) for each in found[1:]] == [("ben", "done")]
    assert await names(gateway) == ["ben"]
    unknown = await person.run(*options, "--account", "eve")
    assert (unknown.status, "no account eve" in unknown.err) == (3, True)


async def test_what_is_refused_is_exit_6_and_what_is_left_can_be_done_again(
    gateway: Gateway, person: CommandLine, tmp_path: Path
) -> None:
    wrong = {**account("ben"), "name": "x" * 300}
    (tmp_path / "export.json").write_text("\n".join(exported([account("ada"), wrong])))
    done = await person.run("import-emailengine", "--export", str(tmp_path / "export.json"), "--carry-out")
    assert done.status == 6, done
    assert "2/2 account ben: refused" in done.out
    assert await names(gateway) == ["ada"]


async def test_wrong_uses(person: CommandLine, mover: CommandLine, tmp_path: Path) -> None:
    assert (await person.run("import-emailengine")).status == 2
    no_token = await person.run("import-emailengine", "--from", "http://127.0.0.1:1")
    assert (no_token.status, "--from-token-file" in no_token.err) == (2, True)
    (tmp_path / "export.json").write_text(json.dumps({"neither": "geheim-geheim"}))
    unread = await person.run("import-emailengine", "--export", str(tmp_path / "export.json"))
    assert (unread.status, "neither an account" in unread.err) == (1, True)
    assert "geheim-geheim" not in unread.err
    away = await mover.run("import-emailengine", "--from", "http://127.0.0.1:1")
    assert (away.status, "EmailEngine could not be asked" in away.err) == (1, True)
    assert len(away.err.splitlines()) == 1
