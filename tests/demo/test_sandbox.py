"""The sandbox mail server, tried with the standard library's clients and over a plain socket."""

from __future__ import annotations

import asyncio
import imaplib
import smtplib
import time
from collections.abc import AsyncIterator

import pytest

from postroom.demo.mailbox import DeliveryFailed, letter
from postroom.demo.sandbox import FOLDERS, PASSWORD, USER, Sandbox, sandbox

PUSH_LIMIT = 4.0


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with sandbox() as running:
        yield running


def subjects(box: Sandbox, folder: str = "INBOX") -> list[str]:
    with imaplib.IMAP4(box.mailbox.host, box.mailbox.imap_port) as client:
        client.login(USER, PASSWORD)
        client.select(folder, readonly=True)
        _status, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return [part[1].decode().removeprefix("Subject:").strip() for part in data if isinstance(part, tuple)]


def submit(box: Sandbox, *, password: str | None = None, recipient: str = USER) -> None:
    with smtplib.SMTP("127.0.0.1", box.smtp_port) as client:
        if password is not None:
            client.login(USER, password)
        client.sendmail("a@example.test", [recipient], letter("a@example.test", USER, "By SMTP", "text"))


class Idler:
    """A client in IDLE on INBOX, line by line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, box: Sandbox) -> Idler:
        idler = cls(*await asyncio.open_connection(box.mailbox.host, box.mailbox.imap_port))
        await idler.until(b"* OK")
        for command, answer in (
            (f"a LOGIN {USER} {PASSWORD}\r\n".encode(), b"a OK"),
            (b"b SELECT INBOX\r\n", b"b OK"),
            (b"c IDLE\r\n", b"+"),
        ):
            idler.writer.write(command)
            await idler.until(answer)
        return idler

    async def until(self, start: bytes) -> None:
        async with asyncio.timeout(5):
            while not (await self.reader.readline()).startswith(start):
                pass


async def test_it_has_the_usual_folders_and_one_older_letter(box: Sandbox) -> None:
    assert await asyncio.to_thread(subjects, box) == ["An older letter"]
    for folder in FOLDERS:
        assert await asyncio.to_thread(subjects, box, folder) == []


async def test_a_delivery_is_pushed_to_an_idle_client_at_once(box: Sandbox) -> None:
    idler = await Idler.open(box)
    begun = time.monotonic()
    delivery = asyncio.ensure_future(box.mailbox.deliver(letter("a@example.test", USER, "New", "text")))
    await idler.until(b"* 2 EXISTS")
    assert time.monotonic() - begun < PUSH_LIMIT
    await delivery
    idler.writer.close()


async def test_mail_sent_by_smtp_arrives_in_the_mailbox(box: Sandbox) -> None:
    await asyncio.to_thread(submit, box, password=PASSWORD)
    await asyncio.to_thread(submit, box)
    assert await asyncio.to_thread(subjects, box) == ["An older letter", "By SMTP", "By SMTP"]


async def test_mail_for_others_is_taken_and_goes_nowhere(box: Sandbox) -> None:
    await asyncio.to_thread(submit, box, recipient="ada@example.test")
    assert await asyncio.to_thread(subjects, box) == ["An older letter"]


async def test_smtp_refuses_a_wrong_password(box: Sandbox) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        await asyncio.to_thread(submit, box, password="wrong")


async def test_imap_refuses_a_wrong_password(box: Sandbox) -> None:
    client = await asyncio.to_thread(imaplib.IMAP4, box.mailbox.host, box.mailbox.imap_port)
    with pytest.raises(imaplib.IMAP4.error):
        await asyncio.to_thread(client.login, USER, "wrong")
    await asyncio.to_thread(client.logout)


async def test_a_delivery_into_no_folder_says_what_the_server_said(box: Sandbox) -> None:
    with pytest.raises(DeliveryFailed, match="NO"):
        await box.mailbox.deliver(letter("a@example.test", USER, "Lost", "text"), folder="Nowhere")


async def test_the_mailbox_does_not_show_its_password(box: Sandbox) -> None:
    assert PASSWORD not in repr(box)
