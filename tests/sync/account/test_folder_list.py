"""Lists of folders that are empty, refused or ambiguous: what is followed then, and what the account shows of it."""

from __future__ import annotations

import asyncio

import pytest

from postroom.imap.errors import CommandFailed
from postroom.sync.folder.plan import REFUSALS_BORNE
from tests.fakes.imap_server import CAPABILITIES, GOOD, Behaviour, Command, FakeImapServer, Session, answer
from tests.sync.live_account import LiveAccount, letter, live_account

RAW, ENCODED = "Entwürfe", "Entw&APw-rfe"


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


async def test_the_counters_of_folders_that_read_alike_are_asked_for_in_every_round(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    account.options = {"folder_poll_interval": 0.1, "quiet_folder_poll_interval": 0.1}
    for name in (RAW, ENCODED):
        mail.mailbox("u", name)
    async with account.connected() as session:
        for number, name in enumerate((RAW, ENCODED, RAW, ENCODED)):
            mail.append("u", letter(str(number)), name)
            await asyncio.sleep(0.15)
            await session.later(0)
    assert [each[2] for each in await told(account) if each[0] == "messageNew"] == ["0", "2", "1", "3"]


@pytest.mark.parametrize("refusals", [1, 100])
async def test_a_throttled_server_does_not_have_folders_that_read_alike_taken_for_each_other(
    account: LiveAccount, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch, refusals: int
) -> None:
    monkeypatch.setattr("postroom.sync.account.counters.BACK_OFF", (0.1,))
    asked = 0

    async def refuse(session: Session, command: Command) -> None:
        nonlocal asked
        asked += 1
        if asked > refusals:
            await session.answer_normally(command)
        else:
            await session.tagged(command, "NO", "[THROTTLED] slow down")

    mail.append("u", letter("1"), RAW)
    async with account.connected():
        pass
    mail.append("u", letter("2"), ENCODED)
    mail.append("u", letter("3"), RAW)
    mail.behave(Behaviour(on_command={"STATUS": refuse}))
    if refusals > 2:
        # What it will not tell at all, it is not asked to do without.
        with pytest.raises(CommandFailed, match="THROTTLED"):
            async with account.connected():
                pass
        mail.behave(GOOD)
    async with account.connected():
        pass
    events = await told(account)
    assert not [each for each in events if each[0] == "mailboxReset"]
    assert sorted(each[2] for each in events if each[0] == "messageNew") == ["1", "2", "3"]


async def list_with_counters(session: Session, command: Command) -> None:
    """LIST with RETURN (STATUS …), as RFC 5819 has it."""
    for name, each in session.world.mailboxes("u").items():
        await session.line(f'* LIST ({" ".join(each.attributes)}) "/" "{name}"')
        if "\\Noselect" not in each.attributes:
            counters = f"MESSAGES {len(each.messages)} UIDNEXT {each.uid_next} UIDVALIDITY {each.uid_validity}"
            await session.line(f'* STATUS "{name}" ({counters})')
    await session.tagged(command)


LIST_STATUS = (*CAPABILITIES, "LIST-EXTENDED", "LIST-STATUS")


async def test_a_folder_that_becomes_a_mere_name_is_left_alone(sqlite_url: str) -> None:
    async with FakeImapServer(capabilities=LIST_STATUS) as mail, live_account(sqlite_url, mail) as account:
        account.options = {"folder_poll_interval": 0.1, "quiet_folder_poll_interval": 0.1}
        mail.behave(Behaviour(on_command={"LIST": list_with_counters}))
        mail.append("u", letter("1"), "Work")
        async with account.connected() as session:
            mail.mailbox("u", "Work").attributes = ("\\Noselect", "\\HasChildren")
            mail.append("u", letter("2"), "Sent")
            await asyncio.sleep(0.15)
            await session.later(0)
        assert await told(account) == [
            ("mailboxDeleted", "Work", ""),
            ("messageNew", "Sent", "2"),
            ("messageNew", "Work", "1"),
        ]


async def test_counters_of_a_list_that_was_shown_once_are_not_believed_for_ever(sqlite_url: str) -> None:
    async with FakeImapServer(capabilities=LIST_STATUS) as mail, live_account(sqlite_url, mail) as account:
        account.options = {"folder_poll_interval": 0.1, "quiet_folder_poll_interval": 0.1}
        mail.behave(Behaviour(on_command={"LIST": list_with_counters}))
        async with account.connected() as session:
            mail.behave_now(UNLISTED)
            mail.append("u", letter("1"), "Sent")
            await asyncio.sleep(0.15)
            await session.later(0)
        assert await told(account) == [("messageNew", "Sent", "1")]


@pytest.mark.usefixtures("short_pauses")
@pytest.mark.parametrize("command", ["LIST", "SELECT", "EXAMINE", "NOTIFY"])
@pytest.mark.parametrize(
    "words", ["[THROTTLED] slow down", "Request is throttled. Suggested Backoff Time: 100 milliseconds"]
)
async def test_a_command_that_is_refused_for_now_is_sent_again(sqlite_url: str, command: str, words: str) -> None:
    answers: list[str] = []

    async def refuse_once(session: Session, asked: Command) -> None:
        answers.append(asked.name)
        if len(answers) == 1:
            await session.tagged(asked, "NO", words)
        elif command == "NOTIFY":
            await session.tagged(asked)
        else:
            await session.answer_normally(asked)

    async with (
        FakeImapServer(capabilities=(*CAPABILITIES, "NOTIFY")) as mail,
        live_account(sqlite_url, mail) as account,
    ):
        mail.append("u", letter("1"))
        mail.append("u", letter("2"), "Sent")
        mail.behave(
            Behaviour(on_command={"NOTIFY": answer("NOTIFY", tagged="NO").on_command["NOTIFY"], command: refuse_once})
        )
        async with account.connected():
            pass
        assert len(answers) > 1
        assert await told(account) == [("messageNew", "INBOX", "1"), ("messageNew", "Sent", "2")]


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


# Lists that do not say what is there

UNLISTED = answer("LIST") | answer("LSUB")


async def test_a_server_that_shows_no_folders_has_an_inbox_all_the_same(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.behave(UNLISTED)
    mail.append("u", letter("1"))
    async with account.connected() as session:
        assert session.engine.watched == ["INBOX"]
        assert (await account.progress())["unlisted"] is True
        mail.append("u", letter("2"))
        await session.look()
        await session.engine.sync_all()
        mail.behave_now()
        await session.engine.sync_all()
        assert session.engine.watched[0] == "INBOX"
        assert len(session.engine.watched) == 5
        await session.engine.sync_all()
        assert "unlisted" not in await account.progress()
    assert [each for each in await told(account) if each[0] == "messageNew"] == [
        ("messageNew", "INBOX", "1"),
        ("messageNew", "INBOX", "2"),
    ]


async def test_a_server_that_shows_no_folders_for_once_is_followed_as_it_was_known(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.append("u", letter("1"), "Büro/Work")
    mail.append("u", letter("2"), "Sent")
    async with account.connected():
        pass
    mail.behave(UNLISTED)
    mail.append("u", letter("3"), "Sent")
    async with account.connected() as session:
        assert set(session.engine.watched) == {"INBOX", "Büro/Work", "Drafts", "Junk", "Sent", "Trash"}
    assert await told(account) == [
        ("messageNew", "Büro/Work", "1"),
        ("messageNew", "Sent", "2"),
        ("messageNew", "Sent", "3"),
    ]


async def test_an_inbox_that_is_neither_listed_nor_opened_is_done_without(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    del mail.world.mailboxes("u")["INBOX"]
    mail.append("u", letter("1"), "Work")
    for _ in range(2):
        async with account.connected() as session:
            assert session.engine.watched[0] != "INBOX"
            assert "Work" in session.engine.watched
            await session.engine.sync_all()
            error = (await account.progress())["error"]
            assert (error["path"], "NONEXISTENT" in error["error"]) == ("INBOX", True)
    mail.append("u", letter("2"))
    async with account.connected() as session:
        assert session.engine.watched[0] == "INBOX"
    assert sorted(each[2] for each in await told(account) if each[0] == "messageNew") == ["1", "2"]


@pytest.mark.parametrize("wanted", [[], ["Elsewhere"]])
async def test_an_inbox_that_cannot_be_opened_is_told_where_there_is_nothing_else(
    account: LiveAccount, mail: FakeImapServer, wanted: list[str]
) -> None:
    account.document["path"] = wanted
    mail.world.mailboxes("u").clear()
    if wanted:
        mail.append("u", letter("1"), "Work")
    for _ in range(2):
        with pytest.raises(CommandFailed, match="NONEXISTENT"):
            async with account.connected():
                pass


@pytest.mark.usefixtures("short_pauses")
async def test_an_inbox_that_is_only_busy_is_not_done_without(account: LiveAccount, mail: FakeImapServer) -> None:
    mail.behave(answer("LIST", '* LIST () "/" "Work"') | answer("LSUB") | answer("SELECT", tagged="NO [INUSE] wait"))
    mail.append("u", letter("1"), "Work")
    with pytest.raises(CommandFailed, match="INUSE"):
        async with account.connected():
            pass


async def test_without_a_list_a_name_that_opens_another_folder_is_not_believed(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    """The name of a folder on the wire is known by the list alone: without one it is written as the rules have it."""
    mail.append("u", letter("1"), RAW)
    async with account.connected():
        pass
    mail.append("u", letter("of another folder"), ENCODED)
    mail.behave(UNLISTED)
    for _ in range(REFUSALS_BORNE + 1):
        async with account.connected(begin=False) as session:
            error = (await session.engine.begin()).error
    assert error is not None
    assert (error.path, "another one under this name" in error.error) == ("Entwürfe", True)
    mail.behave(GOOD)
    mail.append("u", letter("2"), RAW)
    async with account.connected():
        pass
    events = await told(account)
    assert not [each for each in events if each[0] == "mailboxReset"]
    assert {each[2] for each in events if each[0] == "messageNew"} == {"1", "2", "of another folder"}


async def test_without_a_list_a_name_that_opens_nothing_is_no_reason_to_leave_the_folder_alone(
    account: LiveAccount, mail: FakeImapServer
) -> None:
    mail.append("u", letter("1"), RAW)
    async with account.connected():
        pass
    mail.behave(UNLISTED)
    async with account.connected() as session:
        for _ in range(REFUSALS_BORNE + 1):
            await session.engine.sync_all()
    mail.behave(GOOD)
    mail.append("u", letter("2"), RAW)
    async with account.connected():
        assert (await account.folder("Entwürfe"))["parked_until"] is None
    assert await account.subjects() == ["1", "2"]


async def test_a_folder_that_nobody_can_name_is_left_out_and_the_others_are_followed(
    sqlite_url: str, mail: FakeImapServer
) -> None:
    good = b'* LIST () "/" INBOX\r\n* LIST () "/" Sent\r\n'

    async def list_a_bad_one(session: Session, command: Command) -> None:
        await session.send(good + b'* LIST () "/" {4}\r\na\r\nb\r\n')
        await session.tagged(command)

    async with live_account(sqlite_url, mail) as account:
        mail.behave(Behaviour(on_command={"LIST": list_a_bad_one, "LSUB": list_a_bad_one}))
        mail.append("u", letter("1"), "Sent")
        async with account.connected() as session:
            assert session.engine.watched == ["INBOX", "Sent"]
            assert (await account.progress())["leftOut"] == {"unusable": 1, "beyondLimit": 0, "names": ["a%0D%0Ab"]}
            mail.behave_now(GOOD)
            await session.engine.sync_all()
            assert "leftOut" not in await account.progress()
        assert await account.subjects() == ["1"]


async def test_of_more_folders_than_are_set_the_first_are_followed_and_none_of_them_is_gone(
    sqlite_url: str, mail: FakeImapServer
) -> None:
    for number in range(150):
        mail.mailbox("u", f"Folder {number}")
    async with live_account(sqlite_url, mail) as account:
        account.options["folder_limit"] = 100
        async with account.connected() as session:
            assert len(session.engine.watched) == 100
            assert (await account.progress())["leftOut"]["beyondLimit"] == 55
            names = mail.world.mailboxes("u")
            # The server shows them in another order.
            names["Folder 0"] = names.pop("Folder 0")
            await session.engine.sync_all()
            assert "Folder 0" not in session.engine.watched
        assert await account.names() == []
