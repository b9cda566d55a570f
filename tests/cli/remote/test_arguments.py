"""What a shell completes, and options that are pairs."""

from __future__ import annotations

import pytest
import typer

from postroom.cli.remote.arguments import pairs
from tests.cli.remote.commands import CommandLine
from tests.flows.gateway import Gateway

with_gateway = pytest.mark.asyncio(loop_scope="session")

DISABLED = {"host": "127.0.0.1", "port": 1, "disabled": True}


def completing(person: CommandLine, line: str) -> CommandLine:
    """The person at a shell (bash) that asks for the completion of the last word of a line."""
    asked = {"_POSTROOM_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    return CommandLine(person.folder, person.url, person.token, asked)


@with_gateway
async def test_accounts_complete(gateway: Gateway, person: CommandLine) -> None:
    for name in ("ada", "adam", "bob"):
        await gateway.register(name, DISABLED)
    shown = await completing(person, "postroom account show ad").run()
    assert shown.out.split() == ["ada", "adam"]
    assert (await completing(person, "postroom send b").run()).out.split() == ["bob"]


@with_gateway
async def test_without_a_gateway_nothing_completes_and_nothing_is_said(stranger: CommandLine) -> None:
    for person in (stranger, CommandLine(stranger.folder, "http://127.0.0.1:1", "x")):
        shown = await completing(person, "postroom account show a").run()
        assert (shown.out.strip(), shown.err) == ("", "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("postroom acc", ["account"]),
        ("postroom account list --state conn", ["connecting", "connected", "connectError"]),
        ("postroom account list --health ", ["healthy", "recovering", "failing", "stopped"]),
        ("postroom events tail --type messageN", ["messageNew"]),
        ("postroom outbox list --state un", ["unknown"]),
    ],
)
def test_fixed_words_complete(stranger: CommandLine, line: str, expected: list[str]) -> None:
    shown = completing(stranger, line).call().out.split()
    assert [word for word in shown if word in expected] == [word for word in shown if word]
    assert set(expected) <= set(shown)


def test_profiles_complete(stranger: CommandLine) -> None:
    stranger.call("profile", "add", "work", "https://work.example", "--token-file", "-", stdin=b"x")
    assert completing(stranger, "postroom profile use w").call().out.split() == ["work"]


def test_pairs() -> None:
    assert pairs(["a=1", "b=x=y", "c="]) == {"a": "1", "b": "x=y", "c": ""}
    assert pairs(None) == {}
    for wrong in ("a", "=1", ""):
        with pytest.raises(typer.BadParameter):
            pairs([wrong])
