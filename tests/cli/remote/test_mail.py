"""`postroom mail` against a real gateway and mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from postroom.demo.sandbox import Sandbox, sandbox
from tests.cli.remote.commands import CommandLine
from tests.flows.gateway import Gateway

pytestmark = pytest.mark.asyncio(loop_scope="session")

SOURCE = (
    b"From: Bob <bob@example.test>\r\nTo: ada@example.test\r\nSubject: =?utf-8?q?Hi_=1B[2J?=\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    b"--x\r\nContent-Type: text/plain\r\n\r\nThe text\x1b[2J\r\n"
    b"--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF\xff\r\n"
    b"--x--\r\n"
)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox_mail() -> AsyncIterator[Sandbox]:
    """A real mail server with the message."""
    async with sandbox() as running:
        await running.mailbox.deliver(SOURCE)
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def message(gateway: Gateway, sandbox_mail: Sandbox) -> str:
    """The id of the newest message of the account `ada`."""
    await gateway.ask("POST", "/v1/account", sandbox_mail.account("ada", "Ada"))
    await gateway.reaches("ada", "connected")
    listed = await gateway.ask("GET", "/v1/account/ada/messages?path=INBOX")
    found: str = listed["messages"][0]["id"]
    return found


async def test_messages_are_listed(person: CommandLine, message: str) -> None:
    listed = await person.run("mail", "list", "ada")
    assert listed.status == 0
    assert "Bob <bob@example.test>" in listed.out
    assert message in listed.out
    assert "\x1b" not in listed.out
    assert [each["id"] for each in await person.read("mail", "list", "ada", "--unseen", "--limit", "1")] == [message]
    assert [each["id"] for each in await person.read("mail", "list", "ada", "--search", "The text")] == [message]
    assert await person.read("mail", "list", "ada", "--search", "Nothing of it") == []


async def test_a_message_is_shown_with_its_text_and_files(person: CommandLine, message: str) -> None:
    shown = await person.run("mail", "show", "ada", message)
    assert shown.status == 0, shown
    assert "The text" in shown.out
    assert "application/pdf" in shown.out
    assert "\x1b" not in shown.out
    (as_json,) = await person.read("mail", "show", "ada", message)
    assert as_json["id"] == message


async def test_a_message_is_downloaded_as_it_is(person: CommandLine, message: str, tmp_path: Path) -> None:
    file = tmp_path / "message.eml"
    assert (await person.run("mail", "get", "ada", message, "-o", str(file))).status == 0
    assert file.read_bytes() == SOURCE
    assert file.stat().st_mode & 0o777 == 0o600
    there = await person.run("mail", "get", "ada", message, "-o", str(file))
    assert (there.status, "there already" in there.err) == (1, True)
    assert (await person.run("mail", "get", "ada", message)).out.startswith("From: Bob")


async def test_a_file_is_downloaded(person: CommandLine, message: str, tmp_path: Path) -> None:
    (shown,) = await person.read("mail", "show", "ada", message)
    (file,) = [each["id"] for each in shown["attachments"] if each["contentType"] == "application/pdf"]
    path = tmp_path / "a.pdf"
    assert (await person.run("mail", "get", "ada", message, "--attachment", file, "-o", str(path))).status == 0
    assert path.read_bytes().rstrip() == b"%PDF\xff"


async def test_what_is_not_there_is_exit_3(person: CommandLine, message: str) -> None:
    assert (await person.run("mail", "list", "nobody")).status == 3
    assert (await person.run("mail", "show", "ada", f"{message[:-3]}__8")).status == 3


async def test_an_account_that_is_not_connected_is_exit_5(gateway: Gateway, person: CommandLine) -> None:
    await gateway.register("off", {"host": "127.0.0.1", "port": 1, "auth": {"user": "u", "pass": "p"}})
    await gateway.reaches("off", "connectError")
    done = await person.run("mail", "list", "off")
    assert (done.status, done.out) == (5, "")
