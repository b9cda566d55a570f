"""A stage, in this process."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
from pathlib import Path

import aiohttp
import pytest

from postroom.app import prepare
from postroom.demo.run import demo_settings
from postroom.demo.sandbox import FOLDERS
from postroom.testing.stage import Stage


@pytest.fixture
async def template(tmp_path: Path) -> Path:
    folder = tmp_path / "template"
    await prepare(demo_settings(folder, "template"))
    return folder


async def test_a_stage_has_a_gateway_with_its_own_token_and_leaves_nothing(template: Path, tmp_path: Path) -> None:
    stage = Stage(template, tmp_path / "stage")
    async with asyncio.TaskGroup() as group:
        group.create_task(stage.run())
        running = await stage.ready
        for token, status in ((stage.token, 200), ("template", 401)):
            headers = {"Authorization": f"Bearer {token}"}
            async with aiohttp.request("GET", f"{running.base_url}/v1/accounts", headers=headers) as answer:
                assert answer.status == status
        stage.close()
    assert not stage.folder.exists()
    assert template.exists()


async def test_mailboxes_are_opened_while_it_runs_and_mail_goes_from_one_to_the_other(
    template: Path, tmp_path: Path
) -> None:
    stage = Stage(template, tmp_path / "stage")
    async with asyncio.TaskGroup() as group:
        group.create_task(stage.run())
        await stage.ready
        ada = await stage.open_mailbox("ada@example.test", "a")
        await stage.open_mailbox("ben@example.test", "b")
        await asyncio.to_thread(send, stage.smtp_port, "ben@example.test", "b", ada.user)
        assert await asyncio.to_thread(inbox, ada.imap_port, ada.user, "a") == ["1"]
        assert [(mail.sender, mail.recipients) for mail in stage.office.taken] == [("ben@example.test", (ada.user,))]
        stage.close()


def send(port: int, user: str, password: str, recipient: str) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.login(user, password)
        client.sendmail(user, [recipient], b"Subject: Hi\r\n\r\nText\r\n")


def inbox(port: int, user: str, password: str) -> list[str]:
    """How many messages the inbox has; the usual folders must be there."""
    with imaplib.IMAP4("127.0.0.1", port) as client:
        client.login(user, password)
        folders = b" ".join(line for line in client.list()[1] if isinstance(line, bytes)).decode()
        assert all(folder in folders for folder in FOLDERS)
        return [part.decode() for part in client.select("INBOX", readonly=True)[1] if isinstance(part, bytes)]
