"""Folders whose names read alike: each is followed on its own, and none is taken for the other."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fakes.imap_server import CAPABILITIES, Behaviour, Command, FakeImapServer, Session, answer
from tests.sync.live_account import LiveAccount, live_account

RAW, ENCODED = "Entwürfe", "Entw&APw-rfe"


def letter(subject: str) -> bytes:
    return f"From: a@example.test\r\nSubject: {subject}\r\n\r\nhello\r\n".encode()


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


@pytest_asyncio.fixture
async def account(sqlite_url: str, mail: FakeImapServer) -> AsyncIterator[LiveAccount]:
    async with live_account(sqlite_url, mail) as made:
        yield made


async def told(account: LiveAccount) -> list[tuple[str, str, str]]:
    """Event, path and subject of everything announced, sorted."""
    return sorted((each["event"], each["path"], each["data"].get("subject", "")) for each in await account.events())


async def test_mail_in_either_of_two_folders_that_read_alike_is_announced(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.append("u", letter("1"), RAW)
    mail.append("u", letter("2"), ENCODED)
    async with account.connected() as session:
        mail.append("u", letter("3"), RAW)
        mail.append("u", letter("4"), ENCODED)
        await session.engine.sync_all()
    async with account.connected() as session:
        mail.append("u", letter("5"), RAW)
        mail.append("u", letter("6"), ENCODED)
        await session.later(1000)
    assert await told(account) == [
        *(("messageNew", "Entw%C3%BCrfe", subject) for subject in "135"),
        *(("messageNew", "Entwürfe", subject) for subject in "246"),
    ]


@pytest.mark.parametrize("first", [RAW, ENCODED])
async def test_a_second_folder_that_reads_like_the_first_resets_nothing(
    account: LiveAccount, mail: FakeImapServer, first: str
) -> None:
    second = ENCODED if first == RAW else RAW
    mail.append("u", letter("1"), first)
    async with account.connected():
        pass
    mail.append("u", letter("2"), second)
    async with account.connected() as session:
        mail.append("u", letter("3"), first)
        await session.engine.sync_all()
        del mail.world.mailboxes("u")[ENCODED]
        await session.engine.sync_all()
        mail.append("u", letter("4"), RAW)
        await session.engine.sync_all()
    events = await told(account)
    assert not [each for each in events if each[0] == "mailboxReset"]
    assert sorted(each[2] for each in events if each[0] == "messageNew") == ["1", "2", "3", "4"]
    moved = [("mailboxDeleted", "Entwürfe", "")] if first == RAW else []
    added = [("mailboxNew", path, "") for path in ("Entw%C3%BCrfe", *(["Entwürfe"] if first == RAW else []))]
    assert [each for each in events if each[0].startswith("mailbox")] == sorted(
        [*moved, *added, ("mailboxDeleted", "Entwürfe", "")]
    )
    # The messages of the folder that had to take another path keep their ids.
    if first == RAW:
        new = {each["data"]["subject"]: each["data"]["id"] for each in await account.events("messageNew")}
        assert new["1"][:5] == new["3"][:5] == new["4"][:5]


async def test_counters_that_come_with_news_are_of_the_right_folder(sqlite_url: str) -> None:
    async def tell(session: Session, command: Command) -> None:
        for name in (RAW, ENCODED):
            mailbox = mail.mailbox("u", name)
            counters = f"MESSAGES {len(mailbox.messages)} UIDNEXT {mailbox.uid_next} UIDVALIDITY {mailbox.uid_validity}"
            await session.line(f'* STATUS "{name}" ({counters})')
        await session.tagged(command)

    async with (
        FakeImapServer(capabilities=(*CAPABILITIES, "NOTIFY")) as mail,
        live_account(sqlite_url, mail) as account,
    ):
        mail.behave(Behaviour(on_command={"NOTIFY": tell, "NOOP": tell}))
        mail.append("u", letter("1"), RAW)
        mail.mailbox("u", ENCODED)
        async with account.connected() as session:
            mail.append("u", letter("2"), RAW)
            await session.look()
            mail.append("u", letter("3"), ENCODED)
            await session.look()
        assert await told(account) == [
            ("messageNew", "Entw%C3%BCrfe", "1"),
            ("messageNew", "Entw%C3%BCrfe", "2"),
            ("messageNew", "Entwürfe", "3"),
        ]


async def test_a_folder_listed_twice_and_an_inbox_in_other_letters_are_followed_once(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    lines = ('* LIST () "/" inbox', '* LIST () "/" INBOX', '* LIST (\\Noselect) "/" Work', '* LIST () "/" Work')
    mail.behave(answer("LIST", *lines), answer("LSUB"))
    mail.append("u", letter("1"))
    mail.append("u", letter("2"), "Work")
    async with account.connected() as session:
        assert session.engine.watched == ["INBOX", "Work"]
        await session.engine.sync_all()
    assert await told(account) == [("messageNew", "INBOX", "1"), ("messageNew", "Work", "2")]
