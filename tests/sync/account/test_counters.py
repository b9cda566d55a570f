"""The counters of folders that are not open, asked of servers that tell, refuse, or want a pause."""

from __future__ import annotations

import pytest

from postroom.imap.errors import CommandFailed
from postroom.imap.responses import StatusData
from postroom.sync.account.counters import be_notified, counters, status_items
from postroom.sync.news import path_by_name
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer
from tests.sync.live_account import LiveAccount, letter, live_account

CAPABILITIES = ("IMAP4rev1", "IDLE")


def test_only_counters_that_the_server_knows_are_asked_for() -> None:
    assert status_items(frozenset({"IMAP4REV1"})) == ("MESSAGES", "UIDNEXT", "UIDVALIDITY")
    assert status_items(frozenset({"IMAP4REV1", "CONDSTORE"}))[3:] == ("HIGHESTMODSEQ",)
    assert status_items(frozenset({"IMAP4REV1", "QRESYNC", "OBJECTID"}))[3:] == ("HIGHESTMODSEQ", "MAILBOXID")


async def test_each_folder_has_its_own_counters(account: LiveAccount, mail: FakeImapServer) -> None:
    folders = [f"f{number}" for number in range(40)]
    for number, path in enumerate(folders):
        mail.mailbox("u", path)
        for _ in range(number % 3):
            mail.append("u", letter("x"), path)
    async with account.connected(begin=False) as session:
        told = await counters(session.client, [(path, path) for path in folders])
    assert {path: each.messages for path, each in told.items()} == {path: n % 3 for n, path in enumerate(folders)}
    assert told["f2"].uidnext == 3


async def refuse_secret(session: Session, command: Command) -> None:
    if command.text(0) == "secret":
        await session.tagged(command, "NO", "[NOPERM] not yours")
    else:
        await session.answer_normally(command)


async def test_a_folder_that_is_refused_is_left_out_and_no_other(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.mailbox("u", "open")
    mail.behave(Behaviour(on_command={"STATUS": refuse_secret}))
    for patient in (False, True):
        async with account.connected(begin=False) as session:
            told = await counters(session.client, [("secret", "secret"), ("open", "open")], patient=patient)
        assert list(told) == ["open"]


async def test_who_is_patient_is_told_when_the_server_goes_on_refusing_for_now(
    account: LiveAccount, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.sync.account.counters.BACK_OFF", (0.01, 0.01))
    mail.behave(answer("STATUS", tagged="NO [THROTTLED] slow down"))
    async with account.connected(begin=False) as session:
        assert await counters(session.client, [("INBOX", "INBOX")]) == {}
        with pytest.raises(CommandFailed, match="THROTTLED"):
            await counters(session.client, [("INBOX", "INBOX")], patient=True)


async def test_without_notify_nobody_is_notified(account: LiveAccount) -> None:
    async with account.connected(begin=False) as session:
        assert await be_notified(session.client, path_by_name) is None


async def test_notify_that_is_refused_is_done_without(sqlite_url: str) -> None:
    async with (
        FakeImapServer(capabilities=(*CAPABILITIES, "NOTIFY")) as mail,
        live_account(sqlite_url, mail) as account,
    ):
        mail.behave(answer("NOTIFY", tagged="NO [NOTIFICATIONOVERFLOW] too much"))
        async with account.connected(begin=False) as session:
            assert await be_notified(session.client, path_by_name) is None


async def test_notify_tells_counters_of_folders_that_are_listed(sqlite_url: str) -> None:
    def path_of(status: StatusData) -> str | None:
        return None if status.name == "unheard of" else status.name

    async with (
        FakeImapServer(capabilities=(*CAPABILITIES, "NOTIFY")) as mail,
        live_account(sqlite_url, mail) as account,
    ):
        lines = ('* STATUS "a" (MESSAGES 2 UIDNEXT 9 UIDVALIDITY 7)', '* STATUS "unheard of" (MESSAGES 1 UIDNEXT 2)')
        mail.behave(answer("NOTIFY", *lines))
        async with account.connected(begin=False) as session:
            told = await be_notified(session.client, path_of)
    assert told is not None
    assert {path: (each.messages, each.uidnext, each.uidvalidity) for path, each in told.items()} == {"a": (2, 9, 7)}
