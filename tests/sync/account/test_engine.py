"""The sync of an account over real connections to a mail server that misbehaves in many ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from postroom.clock import iso, now_ms
from postroom.connections.failures import ConnectionFailed
from postroom.imap.errors import CommandFailed
from tests.fakes.imap.messages import fetch
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer, drop_during
from tests.sync.live_account import LiveAccount, letter, live_account

OLD = datetime.now(UTC) - timedelta(days=30)


# The first sync


async def test_the_first_sync_announces_what_is_younger_than_notify_from(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.mailbox("u").append(letter("old"), received=OLD)
    mail.append("u", letter("young"))
    mail.append("u", letter("young too"), "Sent")
    async with account.connected():
        assert await account.names() == ["messageNew", "messageNew"]
        assert await account.subjects() == ["young", "young too"]
        assert (await account.folder())["messages"] == 2
        assert await account.progress() == {"folders": {"done": 5, "total": 5}, "messages": {"done": 3, "total": 3}}


async def test_whole_syncs_are_timed_by_their_cause(account: LiveAccount) -> None:
    async with account.connected() as session:
        await session.look()
        await session.engine.sync_all()
    assert [cause for cause, _ in account.timed] == ["sign_in", "resync"]
    assert all(0 < seconds < 60 for _, seconds in account.timed)


async def test_a_first_sync_that_breaks_off_goes_on_where_it_was(account: LiveAccount, mail: FakeImapServer) -> None:
    for number in range(30):
        mail.append("u", letter(f"{number}"))

    async def fail(session: Session, command: Command) -> None:
        if "ENVELOPE" in command.raw.decode() and len(await account.events()) >= 10:
            session.abort()
        await fetch(session, command)

    account.document["notifyFrom"] = iso(now_ms() - 10_000)
    mail.next_connections(Behaviour(on_command={"UID FETCH": fail}))
    mail.mailbox("u").messages[10:] = []
    async with account.connected():
        pass
    for number in range(10, 30):
        mail.append("u", letter(f"{number}"))
    mail.next_connections(Behaviour(on_command={"UID FETCH": fail}))
    with pytest.raises((ConnectionFailed, CommandFailed)):
        async with account.connected():
            pass
    async with account.connected():
        assert sorted(await account.subjects(), key=int) == [str(number) for number in range(30)]


async def test_what_goes_while_a_folder_is_read_first_was_never_there(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    async def expunge_first(session: Session, command: Command) -> None:
        if len(mail.mailbox("u").messages) == 3:
            mail.expunge("u", 2)
        await fetch(session, command)

    for number in range(3):
        mail.append("u", letter(f"{number}"))
    mail.behave(Behaviour(on_command={"UID FETCH": expunge_first}))
    async with account.connected() as session:
        await session.engine.sync_all()
    assert await account.names() == ["messageNew", "messageNew"]
    assert await account.subjects() == ["0", "2"]


async def test_state_that_was_lost_is_rebuilt_without_announcing_anything_again(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.append("u", letter("one"))
    async with account.connected():
        pass
    await account.set_initialized()
    for folders in (True, False):
        await account.lose(folders=folders)
        async with account.connected() as session:
            mail.append("u", letter(f"after {folders}"))
            await session.look()
    resets = await account.events("mailboxReset")
    assert [each["data"]["reason"] for each in resets] == ["syncStateLost"] * 2
    assert "prevUidValidity" not in resets[0]["data"]
    assert await account.subjects() == ["one", "after True", "after False"]


# Changes


async def test_changes_are_told_alike_on_both_databases(migrated_url: str, mail: FakeImapServer) -> None:
    async with live_account(migrated_url, mail) as account:
        for subject in ("one", "two", "three"):
            mail.append("u", letter(subject))
        async with account.connected() as session:
            mail.set_flags("u", 2, ["\\Seen", "todo"])
            mail.expunge("u", 1)
            mail.append("u", letter("four"), "Work")
            await session.look()
            await session.engine.sync_all()
        async with account.connected():
            pass
        told = sorted((each["event"], each.get("path"), each["data"].get("uid", 0)) for each in await account.events())
    assert told == [
        ("mailboxNew", "Work", 0),
        ("messageDeleted", "INBOX", 1),
        *(("messageNew", "INBOX", uid) for uid in (1, 2, 3)),
        ("messageNew", "Work", 1),
        ("messageUpdated", "INBOX", 2),
    ]


async def test_changes_in_the_open_folder_and_in_others(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("one"))
    mail.append("u", letter("two"), "Sent")
    async with account.connected() as session:
        mail.set_flags("u", 1, ["\\Seen"])
        mail.append("u", letter("three"))
        await session.look()
        mail.expunge("u", 1)
        await session.look()
        mail.mailbox("u", "Sent").messages.clear()
        await session.engine.sync_all()
    told = [(each["event"], each["path"], each["data"]["uid"]) for each in await account.events()]
    assert sorted(told[:2]) == [("messageNew", "INBOX", 1), ("messageNew", "Sent", 1)]
    assert sorted(told[2:4]) == [("messageNew", "INBOX", 2), ("messageUpdated", "INBOX", 1)]
    assert told[4:] == [("messageDeleted", "INBOX", 1), ("messageDeleted", "Sent", 1)]
    (update,) = await account.events("messageUpdated")
    assert update["data"]["changes"] == {"flags": {"added": ["\\Seen"], "value": ["\\Seen"]}}


async def test_folders_come_and_go(account: LiveAccount, mail: FakeImapServer) -> None:
    async with account.connected() as session:
        mail.append("u", letter("inside"), "Projects/New")
        await session.engine.sync_all()
        del mail.world.mailboxes("u")["Projects/New"]
        await session.engine.sync_all()
    new, message, gone = await account.events()
    validity = new["data"].pop("uidValidity")
    assert isinstance(validity, str)
    assert new["event"] == "mailboxNew"
    assert new["data"] == gone["data"] == {"path": "Projects/New", "name": "New", "specialUse": False}
    assert (message["path"], gone["event"]) == ("Projects/New", "mailboxDeleted")


async def test_the_fast_indexer_notices_only_new_messages(account: LiveAccount, mail: FakeImapServer) -> None:
    account.document["imapIndexer"] = "fast"
    mail.append("u", letter("one"))
    async with account.connected() as session:
        mail.set_flags("u", 1, ["\\Seen"])
        mail.append("u", letter("two"))
        await session.look()
        mail.expunge("u", 1)
        await session.engine.sync_all()
        mail.append("u", letter("three"), "Sent")
        await session.engine.sync_all()
    assert await account.subjects() == ["one", "two", "three"]
    assert set(await account.names()) == {"messageNew"}


async def test_only_the_wanted_folders_are_watched(account: LiveAccount, mail: FakeImapServer) -> None:
    account.document["path"] = ["\\Sent", "Work"]
    for folder in ("INBOX", "Sent", "Work", "Drafts"):
        mail.append("u", letter(folder), folder)
    async with account.connected() as session:
        assert session.engine.watched == ["Sent", "Work"]
    assert sorted(await account.subjects()) == ["Sent", "Work"]


async def test_a_folder_with_a_connection_of_its_own_is_watched_whatever_path_says(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    account.document |= {"path": ["INBOX"], "subconnections": ["\\Sent"]}
    mail.append("u", letter("one"), "Sent")
    async with account.connected() as session:
        assert session.engine.watched == ["INBOX", "Sent"]
        assert session.engine.for_extra_connections() == [("Sent", b"Sent")]
    assert await account.subjects() == ["one"]


async def test_names_without_a_folder_are_told_until_there_is_one(account: LiveAccount, mail: FakeImapServer) -> None:
    account.document |= {"path": ["INBOX", "Bills"], "subconnections": ["Pressing"]}
    async with account.connected(begin=False) as session:
        assert (await session.engine.begin()).unknown == ("Bills", "Pressing")
        assert session.engine.watched == ["INBOX"]
        mail.append("u", letter("urgent"), "Pressing")
        await session.engine.sync_all()
        assert session.engine.watched == ["INBOX", "Pressing"]
    assert (await account.progress())["unknown"] == ["Bills"]


async def test_a_renamed_folder_keeps_its_messages_where_the_server_tells_object_ids(sqlite_url: str) -> None:
    capabilities = ("IMAP4rev1", "IDLE", "UNSELECT", "NAMESPACE", "LIST-EXTENDED", "LIST-STATUS", "OBJECTID")

    async def list_with_ids(session: Session, command: Command) -> None:
        for mailbox in mail.world.mailboxes("u").values():
            await session.line(f'* LIST () "/" "{mailbox.name}"')
            counters = f"MESSAGES {len(mailbox.messages)} UIDNEXT {mailbox.uid_next} UIDVALIDITY {mailbox.uid_validity}"
            await session.line(f'* STATUS "{mailbox.name}" ({counters} MAILBOXID (F{mailbox.uid_validity}))')
        await session.tagged(command)

    async with FakeImapServer(capabilities=capabilities) as mail, live_account(sqlite_url, mail) as account:
        mail.behave(Behaviour(on_command={"LIST": list_with_ids}))
        mail.append("u", letter("one"), "Before")
        async with account.connected() as session:
            mailboxes = mail.world.mailboxes("u")
            mailboxes["After"] = mailboxes.pop("Before")
            mailboxes["After"].name = "After"
            await session.engine.sync_all()
            mail.append("u", letter("two"), "After")
            await session.engine.sync_all()
        one, gone, new, two = await account.events()
    assert (gone["event"], gone["path"], new["event"], new["path"]) == (
        "mailboxDeleted",
        "Before",
        "mailboxNew",
        "After",
    )
    assert (one["path"], two["path"]) == ("Before", "After")
    assert one["data"]["id"][:6] == two["data"]["id"][:6]


# Messages that other programs move


@pytest.fixture
async def naming(sqlite_url: str) -> AsyncIterator[tuple[FakeImapServer, LiveAccount]]:
    """A server that names messages, and an account with two messages in INBOX."""
    async with (
        FakeImapServer(capabilities=("IMAP4rev1", "IDLE", "UNSELECT", "NAMESPACE", "OBJECTID")) as mail,
        live_account(sqlite_url, mail) as account,
    ):
        mail.append("u", letter("one"))
        mail.append("u", letter("two"))
        yield mail, account


def carry(mail: FakeImapServer, source: str, target: str) -> None:
    """Move the first message, as another program does it."""
    first = mail.mailbox("u", source).messages[0]
    mail.append("u", first.content, target).serial = first.serial
    mail.expunge("u", first.uid, source)


async def test_a_message_that_leaves_is_looked_for_in_the_other_folders(
    naming: tuple[FakeImapServer, LiveAccount],
) -> None:
    mail, account = naming
    async with account.connected() as session:
        # Old messages get their names in the index after the first sync.
        await session.engine.do_due()
        carry(mail, "INBOX", "Sent")
        await session.look()
        (moved,) = await account.events("messageMoved")
        assert (moved["path"], moved["data"]["previous"]["path"]) == ("Sent", "INBOX")
        # The way back is seen where it comes to first, and new mail does not wait.
        carry(mail, "Sent", "INBOX")
        await session.look()
        await session.engine.sync_all()
        mail.expunge("u", 2)
        await session.look()
    names = ["messageNew", "messageNew", "messageMoved", "messageNew", "messageDeleted", "messageDeleted"]
    assert await account.names() == names


async def test_a_connection_that_ends_before_the_others_were_looked_at_loses_nothing(
    naming: tuple[FakeImapServer, LiveAccount],
) -> None:
    mail, account = naming
    async with account.connected() as session:
        await session.engine.do_due()
        mail.behave_now(drop_during("STATUS"))
        carry(mail, "INBOX", "Sent")
        with pytest.raises(ConnectionFailed):
            await session.look()
        assert await account.names() == ["messageNew"] * 2
    mail.behave()
    async with account.connected():
        pass
    assert sorted(await account.names()) == ["messageDeleted", *["messageNew"] * 3]


# Numbers that cannot be trusted


async def test_a_uidvalidity_change_is_one_reset_and_no_replay(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("one"))
    async with account.connected():
        pass
    before = mail.mailbox("u").uid_validity
    mail.mailbox("u").uid_validity = 77
    async with account.connected() as session:
        mail.append("u", letter("two"))
        await session.look()
        await session.engine.sync_all()
    (reset,) = await account.events("mailboxReset")
    expected = {"path": "INBOX", "name": "INBOX", "specialUse": "\\Inbox", "reason": "uidValidityChange"}
    assert reset["data"] == {**expected, "uidValidity": "77", "prevUidValidity": str(before)}
    assert await account.subjects() == ["one", "two"]
    ids = [each["data"]["id"] for each in await account.events("messageNew")]
    assert ids[0][:6] != ids[1][:6]


async def test_a_folder_whose_uidvalidity_never_holds_is_left_alone(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("one"), "Work")
    async with account.connected() as session:
        for _ in range(9):
            mail.mailbox("u", "Work").uid_validity += 1
            await session.engine.sync_all()
        assert len(await account.events("mailboxReset")) == 5
        error = (await account.progress())["error"]
        assert error["path"] == "Work"
        assert "UIDVALIDITY" in error["error"]
        await session.later(7 * 3600)
        await session.engine.sync_all()
        mail.append("u", letter("two"), "Work")
        await session.engine.sync_all()
    assert await account.subjects() == ["one", "two"]


@pytest.mark.parametrize("uidnext", [None, 1, 2**32 - 1])
async def test_a_senseless_uidnext_loses_nothing(
    account: LiveAccount, mail: FakeImapServer, uidnext: int | None
) -> None:
    async def select(session: Session, command: Command) -> None:
        mailbox = mail.mailbox("u", command.text(0))
        session.selected = mailbox
        await session.line(f"* {len(mailbox.messages)} EXISTS")
        await session.line(f"* OK [UIDVALIDITY {mailbox.uid_validity}] valid")
        if uidnext is not None:
            await session.line(f"* OK [UIDNEXT {uidnext}] next")
        await session.tagged(command)

    mail.behave(Behaviour(on_command={"SELECT": select, "EXAMINE": select}))
    mail.append("u", letter("one"))
    async with account.connected() as session:
        mail.append("u", letter("two"))
        await session.look()
    mail.append("u", letter("three"))
    async with account.connected() as session:
        await session.engine.sync_all()
    assert sorted(await account.subjects()) == ["one", "three", "two"]


@pytest.mark.parametrize("uidvalidity", ["", "* OK [UIDVALIDITY 0] none"])
async def test_a_server_without_uidvalidity_is_borne(
    account: LiveAccount, mail: FakeImapServer, uidvalidity: str
) -> None:
    async def select(session: Session, command: Command) -> None:
        session.selected = mail.mailbox("u", command.text(0))
        await session.line(f"* {len(session.selected.messages)} EXISTS")
        if uidvalidity:
            await session.line(uidvalidity)
        await session.tagged(command)

    async def status(session: Session, command: Command) -> None:
        count = len(mail.mailbox("u", command.text(0)).messages)
        await session.line(f'* STATUS "{command.text(0)}" (MESSAGES {count})')
        await session.tagged(command)

    mail.behave(Behaviour(on_command={"SELECT": select, "EXAMINE": select, "STATUS": status}))
    mail.append("u", letter("one"))
    for subject in ("two", "three"):
        async with account.connected() as session:
            mail.append("u", letter(subject))
            await session.look()
    assert await account.names() == ["messageNew"] * 3


# Answers that are not whole


@pytest.mark.usefixtures("short_pauses")
async def test_an_empty_or_refused_list_deletes_nothing(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.append("u", letter("one"), "Work")
    async with account.connected() as session:
        mail.behave_now(answer("LIST"), answer("LSUB"))
        await session.engine.sync_all()
        mail.behave_now(answer("LIST", '* LIST () "/" "Other"', tagged="NO [THROTTLED] later"))
        with pytest.raises(CommandFailed):
            await session.engine.sync_all()
    assert await account.names() == ["messageNew"]
    assert (await account.folder("Work"))["messages"] == 1


async def test_inbox_is_watched_even_when_it_is_not_listed(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.behave(answer("LIST", '* LIST () "/" "Work"'), answer("LSUB"))
    mail.append("u", letter("one"))
    mail.append("u", letter("two"), "Work")
    async with account.connected() as session:
        assert session.engine.watched == ["INBOX", "Work"]
        await session.engine.sync_all()
    assert sorted(await account.names()) == ["messageNew", "messageNew"]


async def test_a_search_that_breaks_off_deletes_nothing(account: LiveAccount, mail: FakeImapServer) -> None:
    for subject in ("one", "two", "three"):
        mail.append("u", letter(subject))
    async with account.connected() as session:
        mail.behave_now(answer("UID SEARCH", "* SEARCH 1", tagged="NO [UNAVAILABLE] later"))
        mail.expunge("u", 3)
        with pytest.raises(CommandFailed):
            await session.look()
    assert await account.names() == ["messageNew"] * 3
    mail.behave()
    async with account.connected():
        assert await account.names() == ["messageNew"] * 3 + ["messageDeleted"]


async def test_a_folder_that_cannot_be_opened_does_not_hold_up_the_others(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    opened = 0

    async def examine(session: Session, command: Command) -> None:
        nonlocal opened
        if command.text(0) == "Phantom":
            opened += 1
            await session.tagged(command, "NO", "[UNAVAILABLE] no such thing")
        else:
            await session.answer_normally(command)

    mail.behave(Behaviour(on_command={"EXAMINE": examine}))
    mail.append("u", letter("hidden"), "Phantom")
    mail.append("u", letter("seen"), "Sent")
    async with account.connected() as session:
        for _ in range(6):
            await session.engine.sync_all()
        assert opened == 3
        assert (await account.progress())["error"]["path"] == "Phantom"
        mail.behave_now()
        await session.later(7 * 3600)
        await session.engine.sync_all()
    assert sorted(await account.subjects()) == ["hidden", "seen"]


# Gmail


async def test_gmail_is_watched_where_all_mail_is(sqlite_url: str) -> None:
    capabilities = ("IMAP4rev1", "IDLE", "UNSELECT", "NAMESPACE", "SPECIAL-USE", "X-GM-EXT-1")
    labels = '"\\\\Inbox" "B&APw-ro"'

    async def with_labels(session: Session, command: Command) -> None:
        assert "X-GM-LABELS" in command.raw.decode()
        for number, message in session.selected.chosen(command.text(0), by_uid=True) if session.selected else ():
            flags = " ".join(sorted(message.flags))
            more = 'X-GM-MSGID 1278455344230334865 X-GM-THRID 1266894439832287888 INTERNALDATE "{}"'.format(
                message.received.strftime("%d-%b-%Y %H:%M:%S %z")
            )
            await session.line(f"* {number} FETCH (UID {message.uid} FLAGS ({flags}) X-GM-LABELS ({labels}) {more})")
        await session.tagged(command)

    async with FakeImapServer(capabilities=capabilities) as mail:
        mail.mailbox("u", "[Gmail]/All Mail").attributes = ("\\All",)
        mail.behave(Behaviour(on_command={"UID FETCH": with_labels}))
        async with live_account(sqlite_url, mail) as account, account.connected() as session:
            assert session.engine.watched == ["[Gmail]/All Mail", "Junk", "Trash"]
            mail.append("u", letter("one"), "[Gmail]/All Mail")
            await session.look()
            labels = '"B&APw-ro"'
            mail.append("u", letter("two"), "[Gmail]/All Mail")
            mail.set_flags("u", 1, ["\\Seen"], "[Gmail]/All Mail")
            await session.look()
            first, *_ = await account.events("messageNew")
            (update,) = await account.events("messageUpdated")
    assert first["path"] == "[Gmail]/All Mail"
    assert first["data"]["emailId"] == "1278455344230334865"
    assert first["data"]["labels"] == ["Büro", "\\Inbox"]
    assert first["data"]["messageSpecialUse"] == "\\Inbox"
    assert update["data"]["changes"] == {
        "flags": {"added": ["\\Seen"], "value": ["\\Seen"]},
        "labels": {"deleted": ["\\Inbox"], "value": ["Büro"]},
    }
