"""New messages on servers that leave some out, refuse some, or give only a part for now."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from postroom.imap.errors import CommandFailed
from tests.fakes.imap.messages import fetch, tell_messages
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer
from tests.sync.live_account import LiveAccount, letter


async def test_a_poison_message_is_reported_and_holds_up_no_other(account: LiveAccount, mail: FakeImapServer) -> None:
    async def refuse(session: Session, command: Command) -> None:
        chosen = mail.mailbox("u").chosen(command.text(0), by_uid=True)
        if "ENVELOPE" in command.raw.decode() and any(message.uid == 3 for _, message in chosen):
            await session.tagged(command, "NO", "[SERVERBUG] cannot read it")
        else:
            await fetch(session, command)

    mail.behave(Behaviour(on_command={"UID FETCH": refuse}))
    async with account.connected() as session:
        for number in range(1, 6):
            mail.append("u", letter(f"{number}"))
        await session.look()
        assert sorted(await account.subjects()) == ["1", "2", "4", "5"]
        for seconds in (1.0, 1.7, 2.89):
            assert await account.events("messageMissing") == []
            await session.later(seconds)
        (missing,) = await account.events("messageMissing")
        assert missing["data"] == {"id": missing["data"]["id"], "uid": 3, "missingRetries": 3, "missingDelay": 5590}
        mail.append("u", letter("6"))
        await session.look()
        await session.engine.sync_all()
        mail.behave_now()
        await session.engine.sync_all()
        await session.engine.sync_all()
    assert await account.names() == [*["messageNew"] * 4, "messageMissing", *["messageNew"] * 2]
    assert (await account.subjects())[-2:] == ["6", "3"]
    new = {each["data"]["uid"]: each["data"]["id"] for each in await account.events("messageNew")}
    assert new[3] == missing["data"]["id"]


async def test_a_message_that_shows_late_is_announced_when_it_shows(account: LiveAccount, mail: FakeImapServer) -> None:
    async def hide(session: Session, command: Command) -> None:
        if hidden:
            await session.tagged(command)
        else:
            await fetch(session, command)

    hidden = True
    async with account.connected() as session:
        mail.behave_now(Behaviour(on_command={"UID FETCH": hide}))
        mail.append("u", letter("late"))
        await session.look()
        assert session.engine.seconds_until_due() is not None
        await session.later(1.0)
        assert await account.names() == []
        hidden = False
        await session.later(1.7)
        assert await account.subjects() == ["late"]
        await session.later(10.0)
    assert await account.names() == ["messageNew"]


async def test_a_throttled_server_is_not_asked_for_each_message_alone(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    async with account.connected() as session:
        mail.behave_now(
            answer("UID FETCH", tagged="NO Request is throttled. Suggested Backoff Time: 60000 milliseconds")
        )
        for number in range(50):
            mail.append("u", letter(f"{number}"))
        with pytest.raises(CommandFailed):
            await session.look()
    assert await account.names() == []
    mail.behave()
    async with account.connected():
        assert len(await account.subjects()) == 50


@pytest.mark.long
@pytest.mark.parametrize(("folder", "live"), [("INBOX", True), ("INBOX", False), ("Sent", False)])
async def test_what_a_throttled_answer_left_out_is_announced_soon(
    account: LiveAccount, mail: FakeImapServer, folder: str, live: bool
) -> None:
    async with account.connected():
        pass
    asked = 0

    async def half(session: Session, command: Command) -> None:
        nonlocal asked
        asked += "ENVELOPE" in command.raw.decode()
        if "ENVELOPE" not in command.raw.decode() or asked > 2:
            await fetch(session, command)
            return
        await tell_messages(session, command, mail.mailbox("u", folder).chosen(command.text(0), by_uid=True)[1::2])
        await session.tagged(command, "NO", "[THROTTLED] slow down")

    def deliver() -> None:
        for number in range(10):
            mail.append("u", letter(f"{number}"), folder)

    mail.behave(Behaviour(on_command={"UID FETCH": half}))
    if not live:
        deliver()
    async with account.connected() as session:
        if live:
            deliver()
            await session.look()
        assert sorted(await account.subjects()) == [f"{number}" for number in range(10)]
        await session.engine.sync_all()
    assert await account.names() == ["messageNew"] * 10
    assert asked == 3


async def test_what_came_before_a_server_refused_for_good_is_announced_and_the_rest_later(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    async def some(session: Session, command: Command) -> None:
        numbered = mail.mailbox("u").chosen(command.text(0), by_uid=True)
        await tell_messages(session, command, [each for each in numbered if each[1].uid in (2, 5)])
        await session.tagged(command, "NO", "Request is throttled. Suggested Backoff Time: 60000 milliseconds")

    async with account.connected() as session:
        mail.behave_now(Behaviour(on_command={"UID FETCH": some}))
        for number in range(1, 7):
            mail.append("u", letter(f"{number}"))
        with pytest.raises(CommandFailed):
            await session.look()
        assert await account.subjects() == ["2", "5"]
    # However long it goes on, nothing is said to be missing that was only put off.
    for _ in range(5):
        account.time += 60_000
        with pytest.raises(CommandFailed):
            async with account.connected():
                pass
    assert await account.names() == ["messageNew"] * 2
    mail.behave()
    async with account.connected() as session:
        await session.later(10.0)
    assert await account.names() == ["messageNew"] * 6
    assert sorted(await account.subjects()) == [f"{number}" for number in range(1, 7)]


async def test_the_fast_indexer_loses_nothing_that_an_answer_left_out(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    async def leave_out(session: Session, command: Command) -> None:
        numbered = mail.mailbox("u").chosen(command.text(0), by_uid=True)
        await tell_messages(session, command, [each for each in numbered if each[1].uid != 2 or len(numbered) == 1])
        await session.tagged(command)

    account.document["imapIndexer"] = "fast"
    async with account.connected() as session:
        mail.behave_now(Behaviour(on_command={"UID FETCH": leave_out}))
        for number in range(1, 4):
            mail.append("u", letter(f"{number}"))
        await session.look()
        await session.later(2.0)
    assert sorted(await account.subjects()) == ["1", "2", "3"]


@pytest.mark.parametrize("internal_date", ['"00-Jan-0000 00:00:00 +0000"', '"01-Jan-1970 00:00:00 +0000"', "NIL"])
async def test_messages_without_a_date_of_their_own_are_announced_by_their_header(
    account: LiveAccount, mail: FakeImapServer, internal_date: str
) -> None:
    async def undated(session: Session, command: Command) -> None:
        for number, message in mail.mailbox("u").chosen(command.text(0), by_uid=True):
            date = "Thu, 5 Mar 2026 10:20:30 +0100" if message.uid == 1 else formatdate()
            envelope = f'("{date}" "{message.uid}" NIL NIL NIL NIL NIL NIL NIL NIL)'
            await session.line(
                f"* {number} FETCH (UID {message.uid} FLAGS () INTERNALDATE {internal_date} ENVELOPE {envelope})"
            )
        await session.tagged(command)

    mail.behave(Behaviour(on_command={"UID FETCH": undated}))
    for number in (1, 2):
        mail.append("u", letter(f"{number}"))
    async with account.connected() as session:
        # The first one is old by its header; of what is seen to arrive every message is news.
        assert await account.subjects() == ["2"]
        mail.mailbox("u").uid_next = 1
        mail.mailbox("u").messages.clear()
        mail.mailbox("u").uid_validity += 1
    async with account.connected() as session:
        mail.append("u", letter("1"))
        await session.look()
    assert await account.subjects() == ["2", "1"]
    (*_, last) = await account.events("messageNew")
    assert last["data"]["date"] == "2026-03-05T09:20:30.000Z"


async def test_what_a_message_is_comes_with_its_details(account: LiveAccount, mail: FakeImapServer) -> None:
    asked: list[str] = []

    async def note(session: Session, command: Command) -> None:
        asked.append(command.raw.decode())
        await fetch(session, command)

    async with account.connected() as session:
        mail.behave_now(Behaviour(on_command={"UID FETCH": note}))
        mail.append("u", letter("plain"))
        mail.append("u", b"Auto-Submitted: auto-replied\r\n" + letter("away"))
        mail.append("u", b"X-Failed-Recipients: x@example.test\r\n" + letter("bounced"))
        mail.append("u", letter("read"), flags={"\\Seen"})
        await session.look()
    members = {"isAutoReply", "isBounce", "seemsLikeNew"}
    found = {each["data"]["subject"]: members & {*each["data"]} for each in await account.events("messageNew")}
    assert found == {
        "plain": {"seemsLikeNew"},
        "away": {"isAutoReply", "seemsLikeNew"},
        "bounced": {"isBounce", "seemsLikeNew"},
        "read": set(),
    }
    assert [line for line in asked if "AUTO-SUBMITTED" in line] == [line for line in asked if "ENVELOPE" in line] != []
