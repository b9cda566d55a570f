"""`postroom send` against a real gateway and an SMTP server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.remote.commands import CommandLine
from tests.fakes.smtp_server import FakeSmtpServer

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_message_is_sent_with_its_files(person: CommandLine, smtp: FakeSmtpServer, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("some notes")
    options = ["--to", "bob@example.test", "--bcc", "eve@example.test", "--subject", "Hello", "--text-file", "-"]
    more = ["--attach", str(tmp_path / "notes.txt"), "--wait", "30"]
    done = await person.run("send", "ada", *options, *more, stdin="Grüße\n".encode())
    assert done.status == 0, done
    assert "state" in done.out
    assert "sent" in done.out
    assert done.out.count("queue id") == 1
    assert "Accepted as" in done.err
    (message,) = smtp.messages
    assert sorted(message.recipients) == ["bob@example.test", "eve@example.test"]
    assert b"Subject: Hello" in message.content
    assert b"notes.txt" in message.content
    assert b"eve@example.test" not in message.content


async def test_the_same_key_sends_once(person: CommandLine, smtp: FakeSmtpServer) -> None:
    options = ["send", "ada", "--to", "bob@example.test", "--text", "x", "--key", "one"]
    first, second = [(await person.read(*options))[0] for _ in range(2)]
    assert first["queueId"] == second["queueId"]


async def test_a_whole_message_is_sent_as_it_is(person: CommandLine, smtp: FakeSmtpServer, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"To: bob@example.test\r\nSubject: Raw\r\n\r\nraw\r\n")
    done = await person.run("send", "ada", "--raw", str(tmp_path / "a.eml"), "--wait", "30")
    assert done.status == 0, done
    assert b"Subject: Raw" in smtp.messages[-1].content


async def test_a_dry_run_sends_nothing(person: CommandLine, smtp: FakeSmtpServer) -> None:
    done = await person.run("send", "ada", "--to", "bob@example.test", "--text", "x", "--dry-run")
    assert "To: bob@example.test" in done.out
    assert await person.read("outbox", "list", "--account", "ada") == []


async def test_a_refusal_is_exit_1_and_in_the_outbox(person: CommandLine, smtp: FakeSmtpServer) -> None:
    smtp.reply_with("RCPT", "550 5.1.1 No such \x1b[2Juser")
    done = await person.run("send", "ada", "--to", "bob@example.test", "--text", "x", "--wait", "30")
    assert done.status == 1
    assert "No such" in done.out
    listed = await person.run("outbox", "list", "--account", "ada", "--state", "failed")
    assert "bob@example.test" in listed.out
    assert "\x1b" not in done.out + listed.out


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--text", "x"], 2),
        (["--to", "bob@example.test", "--attach", "none.txt"], 2),
        (["--to", "bob@example.test", "--text-file", "none.txt"], 2),
        (["--to", "not an address", "--text", "x"], 2),
    ],
)
async def test_what_cannot_be_sent(person: CommandLine, smtp: FakeSmtpServer, options: list[str], status: int) -> None:
    assert (await person.run("send", "ada", *options)).status == status
    assert smtp.messages == []
