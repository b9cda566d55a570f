"""The index of threads as the sync keeps it: filled for old messages, kept for new ones, emptied with what goes."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from postroom.mail.identity.links import name_of
from postroom.mail.identity.stable_ids import thread_id
from postroom.mail.ids import MessageId
from postroom.storage.tables import mailboxes, thread_chunks
from postroom.sync.folder import indexing
from postroom.threads import store
from postroom.threads.moves import store as moves_store
from postroom.threads.moves.store import Left
from tests.fakes.imap_server import FakeImapServer, answer
from tests.live.dovecot import Dovecot
from tests.sync.live_account import LiveAccount, LiveSession, live_account

_users = itertools.count(1)


def letter(own: str, *references: str) -> bytes:
    refer = f"References: {' '.join(f'<{each}>' for each in references)}\r\n" if references else ""
    return f"From: a@example.test\r\nSubject: x\r\nMessage-ID: <{own}>\r\n{refer}\r\nhello\r\n".encode()


def name(own: str) -> int:
    return name_of(f"<{own}>") or 0


async def thread_of(account: LiveAccount, own: str) -> list[tuple[str, int]]:
    """The messages in the thread that is named after a message: folder and UID."""
    found = await account.db.read(lambda conn: store.holding(conn, account.key, {name(own)}))
    return [(each.path, each.uid) for each in found if each.entry.thread == name(own)]


async def count_of_chunks(account: LiveAccount) -> int:
    count = sa.select(sa.func.count()).select_from(thread_chunks)
    return int(await account.db.read(lambda conn: conn.execute(count).scalar_one()))


async def fill(session: LiveSession) -> None:
    while session.engine.seconds_until_due() == 0:
        await session.engine.do_due()


async def test_old_messages_are_indexed_after_the_first_sync(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("a"))
    mail.append("u", letter("c", "a", "b"))
    mail.append("u", letter("b", "a"), "Sent")
    account.document["notifyFrom"] = "2099-01-01T00:00:00.000Z"
    async with account.connected() as session:
        assert await thread_of(account, "a") == []
        await fill(session)
        assert await thread_of(account, "a") == [("INBOX", 1), ("INBOX", 2), ("Sent", 1)]
        before = len(mail.statistics.commands())
        await session.later(1)
        assert len(mail.statistics.commands()) == before
    assert (await account.folder())["indexed"] == 2


async def test_a_new_message_is_announced_with_its_thread(account: LiveAccount, mail: FakeImapServer) -> None:
    async with account.connected() as session:
        await fill(session)
        mail.append("u", letter("a"))
        await session.look()
        mail.append("u", letter("b", "a"))
        await session.look()
        assert session.engine.seconds_until_due() != 0
    told = [each["data"]["threadId"] for each in await account.events("messageNew")]
    assert told == [thread_id(name("a"))] * 2
    assert (await account.folder())["indexed"] == 2


async def test_a_message_that_goes_leaves_the_index(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("a"))
    mail.append("u", letter("b", "a"))
    async with account.connected() as session:
        await fill(session)
        mail.expunge("u", 1)
        await session.look()
        assert await thread_of(account, "a") == [("INBOX", 2)]
    left = await account.db.read(lambda conn: moves_store.find(conn, account.key, MessageId(1, 1)))
    assert left == Left(name("a"), len(letter("a")), None)


async def test_without_the_setting_nothing_is_asked_or_kept(account: LiveAccount, mail: FakeImapServer) -> None:
    account.options["thread_index"] = False
    mail.append("u", letter("a"))
    async with account.connected() as session:
        await fill(session)
        mail.append("u", letter("b", "a"))
        await session.look()
    assert await thread_of(account, "a") == []
    assert (await account.folder())["indexed"] is None
    assert ["threadId" in each["data"] for each in await account.events("messageNew")] == [False, False]


async def test_the_setting_may_be_turned_on_later_and_off_again(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("a"))
    for on, expected in ((False, []), (True, [("INBOX", 1), ("INBOX", 2)]), (False, [("INBOX", 1), ("INBOX", 2)])):
        account.options["thread_index"] = on
        async with account.connected() as session:
            await fill(session)
            if not on and not expected:
                mail.append("u", letter("b", "a"))
                await session.look()
        assert await thread_of(account, "a") == expected
    account.options["thread_index"] = False
    async with account.connected() as session:
        mail.append("u", letter("c", "b"))
        await session.look()
    account.options["thread_index"] = True
    async with account.connected() as session:
        await fill(session)
    assert len(await thread_of(account, "a")) == 3


async def test_a_large_folder_is_indexed_piece_by_piece(
    account: LiveAccount, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "WINDOW", 2)
    monkeypatch.setattr(indexing, "PIECE", 2)
    for number in range(9):
        mail.append("u", letter(str(number), "a"))
    account.document["notifyFrom"] = "2099-01-01T00:00:00.000Z"
    async with account.connected() as session:
        await session.engine.do_due()
        assert len(await thread_of(account, "a")) == 4
    async with account.connected() as session:
        await fill(session)
    assert len(await thread_of(account, "a")) == 9


async def test_a_server_that_refuses_is_left_alone(account: LiveAccount, mail: FakeImapServer) -> None:
    for number in range(30):
        mail.append("u", letter(str(number), "a"))
    account.document["notifyFrom"] = "2099-01-01T00:00:00.000Z"
    async with account.connected() as session:
        mail.behave_now(answer("UID FETCH", tagged="NO [CANNOT] no"))
        await session.engine.do_due()
        assert session.engine.seconds_until_due() != 0
    stored = await account.folder()
    assert (stored["indexed"], stored["parked_until"]) == (None, None)
    mail.behave()
    async with account.connected() as session:
        await fill(session)
    assert len(await thread_of(account, "a")) == 30


async def test_a_folder_that_begins_anew_is_indexed_anew(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("a"))
    async with account.connected() as session:
        await fill(session)
    mail.mailbox("u").uid_validity += 1
    async with account.connected() as session:
        await fill(session)
    assert await thread_of(account, "a") == [("INBOX", 1)]
    await account.db.write(lambda conn: conn.execute(sa.delete(mailboxes)) and None)
    assert await count_of_chunks(account) == 0


@pytest.fixture
async def real(sqlite_url: str, dovecot: Dovecot) -> AsyncIterator[LiveAccount]:
    async with live_account(sqlite_url, dovecot, f"threads{next(_users)}@example.test") as made:
        yield made


async def test_on_a_real_server(real: LiveAccount, dovecot: Dovecot) -> None:
    with dovecot.side_door(real.user) as box:
        box.append("INBOX", None, None, letter("a"))
        async with real.connected() as session:
            await fill(session)
            box.append("INBOX", None, None, letter("c", "b"))
            box.append("INBOX", None, None, letter("b", "a"))
            await session.look()
            await session.engine.sync_all()
            assert await thread_of(real, "a") == [("INBOX", 1), ("INBOX", 2), ("INBOX", 3)]


async def test_what_another_program_moved_is_remembered_on_a_real_server(real: LiveAccount, dovecot: Dovecot) -> None:
    with dovecot.side_door(real.user) as box:
        box.create("Archive")
        box.append("INBOX", None, None, letter("a"))
        async with real.connected() as session:
            await fill(session)
            assert await thread_of(real, "a") == [("INBOX", 1)]
            box.select("INBOX")
            assert box.uid("MOVE", "1", "Archive")[0] == "OK"
            await session.engine.sync_all()
            await fill(session)
        left = await real.db.read(lambda conn: moves_store.find(conn, real.key, MessageId(1, 1)))
        # The name leads to the place where the message is now.
        assert left == Left(name("a"), len(letter("a")), None)
        assert await thread_of(real, "a") == [("Archive", 1)]


async def test_what_another_program_removed_is_remembered_too(real: LiveAccount, dovecot: Dovecot) -> None:
    with dovecot.side_door(real.user) as box:
        box.append("INBOX", None, None, letter("a"))
        async with real.connected() as session:
            await fill(session)
            box.select("INBOX")
            box.store("1", "+FLAGS", "\\Deleted")
            box.expunge()
            await session.engine.sync_all()
        left = await real.db.read(lambda conn: moves_store.find(conn, real.key, MessageId(1, 1)))
        assert left == Left(name("a"), len(letter("a")), None)
        assert await thread_of(real, "a") == []
