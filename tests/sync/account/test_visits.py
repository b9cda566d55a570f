"""Visits of folders: what is read again, and when, on servers that cannot tell what changed."""

from __future__ import annotations

import pytest

from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer
from tests.sync.live_account import LiveAccount, letter


async def test_flags_that_changed_while_the_connection_was_away_are_told_soon_after(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.append("u", letter("one"))
    mail.append("u", letter("two"), "Sent")
    async with account.connected():
        pass
    mail.mailbox("u").messages[0].flags = {"\\Seen"}
    mail.mailbox("u", "Sent").messages[0].flags = {"\\Flagged"}
    account.time += 1000
    async with account.connected() as session:
        assert [each["path"] for each in await account.events("messageUpdated")] == ["INBOX"]
        assert session.engine.seconds_until_due() == 0
        await session.later(0)
        assert [each["path"] for each in await account.events("messageUpdated")] == ["INBOX", "Sent"]
        begun = len(mail.statistics.commands())
        await session.later(5)
        # Once is enough for a connection; then the usual interval holds again.
        assert "UID FETCH" not in mail.statistics.commands()[begun:]
        assert session.engine.watched[0] == "INBOX"


async def test_flags_of_a_large_folder_are_read_again_little_by_little_from_the_newest_on(
    account: LiveAccount, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("postroom.sync.folder.folder_sync.WINDOW", 2)
    account.options["resync_flags_up_to"] = 4
    for number in range(5):
        mail.append("u", letter(f"{number}"))
    async with account.connected():
        pass
    for message in mail.mailbox("u").messages:
        message.flags = {"\\Seen"}
    account.time += 1000
    told = []
    async with account.connected() as session:
        for _ in range(5):
            told.append([each["data"]["uid"] for each in await account.events("messageUpdated")])
            await session.later(1)
        assert (await account.folder())["flags_at"] == account.time - 2000
        assert (session.engine.seconds_until_due() or 100) > 10
    assert told == [[5], [5, 3, 4], [5, 3, 4, 1, 2], [5, 3, 4, 1, 2], [5, 3, 4, 1, 2]]


async def test_a_folder_that_cannot_be_read_again_is_not_asked_for_at_once(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.append("u", letter("one"), "Sent")
    async with account.connected():
        pass
    mail.behave(answer("EXAMINE", tagged="NO not now"))
    async with account.connected() as session:
        for _ in range(5):
            await session.later(1)
        assert mail.statistics.commands().count("EXAMINE") == 2
        assert (await account.folder("Sent"))["troubles"] == 1


async def test_keywords_that_come_back_in_other_letters_are_no_update(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.append("u", letter("one"), flags=["$Label1", "\\Seen"])
    mail.append("u", letter("two"))
    async with account.connected() as session:
        mail.set_flags("u", 1, ["$label1", "\\SEEN"])
        await session.look()
        mail.set_flags("u", 2, ["$LABEL1"])
        await session.look()
        await session.engine.sync_all()
    async with account.connected() as session:
        await session.engine.sync_all()
    (update,) = await account.events("messageUpdated")
    assert update["data"]["uid"] == 2
    assert update["data"]["changes"] == {"flags": {"added": ["$Label1"], "value": ["$Label1"]}}


async def test_a_search_that_leaves_messages_out_deletes_nothing_until_it_has_said_so_again_and_again(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    async def leave_out(session: Session, command: Command) -> None:
        if session.selected is mail.mailbox("u"):
            await session.line("* SEARCH 1 4")
        await session.tagged(command)

    for number in range(1, 5):
        mail.append("u", letter(f"{number}"))
    async with account.connected() as session:
        mail.behave_now(Behaviour(on_command={"UID SEARCH": leave_out}))
        for seconds in (0, 1.0, 1.7):
            await session.later(seconds)
            await session.engine.sync_all()
            assert await account.events("messageDeleted") == []
        mail.behave_now()
        await session.engine.sync_all()
        assert await account.names() == ["messageNew"] * 4
        # A server that stays with it, while something is gone in any case, is believed in the end.
        mail.behave_now(Behaviour(on_command={"UID SEARCH": leave_out}))
        mail.expunge("u", 2)
        await session.look()
        for seconds in (1.0, 1.7, 2.89):
            assert await account.events("messageDeleted") == []
            await session.later(seconds)
        assert [each["data"]["uid"] for each in await account.events("messageDeleted")] == [2, 3]


async def test_what_is_deleted_while_a_search_leaves_others_out_is_told_by_the_next_whole_one(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    for number in range(1, 5):
        mail.append("u", letter(f"{number}"))
    async with account.connected() as session:
        mail.behave_now(answer("UID SEARCH", "* SEARCH 1"))
        mail.expunge("u", 4)
        await session.look()
        assert await account.events("messageDeleted") == []
        mail.behave_now()
        await session.later(1.0)
        assert [each["data"]["uid"] for each in await account.events("messageDeleted")] == [4]
