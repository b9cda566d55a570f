"""What every remote command has: options, profiles, errors with their exit status, a reader that goes away."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.cli.client_only import run_client_only
from tests.cli.postroom_program import PROGRAM
from tests.cli.remote.commands import CommandLine
from tests.fakes.ports import PortReservation
from tests.fakes.webhook_receiver import WebhookReceiver, respond
from tests.flows.gateway import TOKEN, Gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")

DISABLED = {"host": "127.0.0.1", "port": 1, "disabled": True}


async def test_the_gateway_is_named_by_options_environment_or_profile(
    gateway: Gateway, person: CommandLine, stranger: CommandLine
) -> None:
    await gateway.register("ada", DISABLED)
    named = ("--url", gateway.url, "--token", TOKEN)
    assert (await stranger.run("account", "list", *named)).rows[0][0] == "ada"
    assert (await person.run("account", "list")).rows[0][0] == "ada"
    added = await stranger.run("profile", "add", "here", gateway.url, "--token-file", "-", stdin=f"{TOKEN}\n".encode())
    assert added.status == 0
    assert (await stranger.run("account", "list")).rows[0][0] == "ada"
    elsewhere = CommandLine(stranger.folder, "http://127.0.0.1:1", "other")
    assert (await elsewhere.run("account", "list", "--profile", "here")).rows[0][0] == "ada"
    both = await stranger.run("account", "list", "--profile", "here", "--token", "x")
    assert (both.status, "either" in both.err) == (2, True)


@pytest.mark.parametrize("url", ["http://[::1", "http://h:99999", "http://h:x", "http://a..b", "http://xn--a"])
async def test_an_address_that_is_none_is_a_wrong_use(stranger: CommandLine, url: str) -> None:
    done = await stranger.run("account", "list", "--url", url, "--token", "hidden-hidden")
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "hidden-hidden" not in done.err


@pytest.mark.parametrize(
    "words",
    [
        ("account", "show", "\udcff"),
        ("account", "list", "--query", "\udcff"),
        ("send", "ada", "--to", "a@b.example", "--subject", "\udcff"),
        ("send", "ada", "--to", "a@b.example", "--key", "a\nb"),
        ("send", "ada", "--to", "a@b.example", "--key", "ä"),
        # Such as of a variable that is not set: with a key of the client's own, the message would go twice.
        ("send", "ada", "--to", "a@b.example", "--key", ""),
    ],
)
async def test_what_cannot_be_sent_is_a_wrong_use(person: CommandLine, words: tuple[str, ...]) -> None:
    done = await person.run(*words)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "not sent" in done.err


async def test_nothing_named_is_a_wrong_use(stranger: CommandLine) -> None:
    done = await stranger.run("account", "list")
    assert (done.status, done.out) == (2, "")
    assert "postroom profile add" in done.err


async def test_a_wrong_token_is_refused_and_not_shown(gateway: Gateway, stranger: CommandLine) -> None:
    done = await stranger.run("account", "list", "--url", gateway.url, "--token", "wrong-wrong-wrong")
    assert (done.status, done.out) == (4, "")
    assert len(done.err.splitlines()) == 1
    assert "postroom token issue" in done.err
    assert "wrong-wrong-wrong" not in done.err


async def test_a_gateway_that_is_away_is_named(stranger: CommandLine) -> None:
    port = PortReservation()
    url = f"http://127.0.0.1:{port.port}"
    done = await stranger.run("account", "list", "--url", url, "--token", "x")
    port.release()
    assert (done.status, done.out) == (5, "")
    assert url in done.err
    assert len(done.err.splitlines()) == 1


async def test_something_that_is_no_gateway_is_said(stranger: CommandLine) -> None:
    async with WebhookReceiver() as receiver:
        receiver.answer_with(respond(200, b"<h1>\x1b[2JWelcome</h1>", {"Content-Type": "text/html"}))
        done = await stranger.run("account", "list", "--url", receiver.url, "--token", "secret-secret")
    assert done.status == 1
    assert "Check the address" in done.err
    assert "\x1b" not in done.err


async def test_a_profile_file_that_others_can_read_is_told(gateway: Gateway, stranger: CommandLine) -> None:
    await stranger.run("profile", "add", "here", gateway.url, "--token-file", "-", stdin=TOKEN.encode())
    (stranger.folder / "config" / "postroom" / "profiles.toml").chmod(0o644)
    done = await stranger.run("account", "list")
    assert done.status == 0
    assert "chmod 600" in done.err


async def test_a_reader_that_goes_away_is_no_failure_of_the_command(gateway: Gateway, person: CommandLine) -> None:
    # More than a pipe holds.
    for number in range(25):
        await gateway.register(f"a{number}", DISABLED, metadata={str(each): "x" * 250 for each in range(20)})
    script = f'"{PROGRAM}" account list --json | head -c 1; echo " ${{PIPESTATUS[0]}}"'
    done = await asyncio.to_thread(
        subprocess.run, ["bash", "-c", script], env=person.environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("{ 141\n", "")


async def test_a_reader_that_goes_away_from_a_table(gateway: Gateway, person: CommandLine) -> None:
    await gateway.register("ada", DISABLED)
    script = f'exec 3> >(true); wait $!; "{PROGRAM}" account show ada >&3; echo $?'
    done = await asyncio.to_thread(
        subprocess.run, ["bash", "-c", script], env=person.environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("141\n", "")


async def test_the_client_alone_is_enough(gateway: Gateway, person: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "accounts.csv").write_text("account,imap.host,imap.disabled\nada,127.0.0.1,true\n")
    (tmp_path / "export.json").write_text('{"account": "ben", "imap": false, "name": "Ben"}')
    for command, status in (
        (("account", "import", "accounts.csv"), 0),
        (("account", "list", "--json"), 0),
        (("events", "tail", "--since", "0", "--count", "1"), 0),
        (("import-emailengine", "--export", "export.json"), 0),
        (("send", "ada", "--to", "bob@example.test", "--text", "x", "--dry-run"), 1),
    ):
        done = await asyncio.to_thread(run_client_only, tmp_path, *command, environment=person.environment)
        assert done.returncode == status, done
        assert "Traceback" not in done.stderr


async def test_without_the_library_of_the_client_it_says_what_to_install(person: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "httpx.py").write_text("raise ModuleNotFoundError('gone', name='httpx')")
    environment = {**person.environment, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([PROGRAM, "account", "list"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert 'pip install "postroom[client]"' in done.stderr
    assert "Traceback" not in done.stderr
