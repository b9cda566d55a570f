"""The search for one message, folder by folder, at a server with ids of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.mail.identity.links import Links, named_by_server
from postroom.mail.identity.stable_ids import StableId
from postroom.mailboxes.failures import MessageNotFound, ServerRefused, TimedOut
from postroom.mailboxes.own_ids import searching
from postroom.mailboxes.own_ids.searching import find_message, search_folder, way
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.own_ids import email_id
from tests.fakes.imap.session import Behaviour
from tests.fakes.imap_server import CAPABILITIES, Command, FakeImapServer, Session, never_answer
from tests.mailboxes.threads.indexed import letter, store_folder


@pytest.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    """A server with OBJECTID; its folders hold one message each."""
    async with FakeImapServer(capabilities=(*CAPABILITIES, "OBJECTID")) as server:
        for path in ("INBOX", "Sent", "Deep/Inside", "Trash"):
            server.append("u1", letter(path), path)
        yield server


def wanted(mail: FakeImapServer, path: str) -> StableId:
    return StableId(1, email_id=email_id(mail.mailbox("u1", path).messages[0]))


async def found(visits: MailVisits, looked_for: StableId, *first: str, writes: bool = False) -> tuple[str, int, bool]:
    async with visits.session("a", TimeAllowed.after(10.0)) as visit:
        message = await find_message(visit, looked_for, first, writes=writes)
        return message.folder.path, message.uid, message.opened.read_only


async def test_the_folder_where_it_was_known_comes_first(visits: MailVisits, mail: FakeImapServer) -> None:
    assert await found(visits, wanted(mail, "Trash"), "Trash") == ("Trash", 1, True)
    assert mail.statistics.count("command", "EXAMINE") == 1


async def test_empty_folders_are_not_searched(visits: MailVisits, mail: FakeImapServer) -> None:
    assert await found(visits, wanted(mail, "Trash")) == ("Trash", 1, True)
    assert mail.statistics.count("command", "UID SEARCH") == 4


async def test_for_a_change_the_folder_is_open_for_writing(visits: MailVisits, mail: FakeImapServer) -> None:
    assert await found(visits, wanted(mail, "Deep/Inside"), writes=True) == ("Deep/Inside", 1, False)


async def test_the_newest_of_two_copies_in_a_folder(visits: MailVisits, mail: FakeImapServer) -> None:
    inbox = mail.mailbox("u1")
    inbox.copy(inbox.messages[0])
    assert await found(visits, wanted(mail, "INBOX")) == ("INBOX", 2, True)


def refuse(path: str) -> Behaviour:
    async def examine(session: Session, command: Command) -> None:
        if command.text(0) == path:
            await session.tagged(command, "NO", "[INUSE] Somebody repairs it")
        else:
            await session.answer_normally(command)

    return Behaviour(on_command={"EXAMINE": examine})


async def test_a_folder_that_refuses_counts_only_if_it_is_found_nowhere(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    mail.behave(refuse("INBOX"))
    assert (await found(visits, wanted(mail, "Sent")))[0] == "Sent"
    with pytest.raises(ServerRefused, match="repairs"):
        await found(visits, StableId(1, email_id="M0"))


async def test_what_is_nowhere_is_not_found(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MessageNotFound, match="it was deleted"):
        await found(visits, StableId(1, email_id="M0"))
    with pytest.raises(MessageNotFound, match="the index has not seen it"):
        await found(visits, StableId(1, gmail="7"))
    monkeypatch.setattr(searching, "MOST_FOLDERS", 2)
    with pytest.raises(MessageNotFound, match="in the 2 folders that were searched, and the account has 6"):
        await found(visits, wanted(mail, "Trash"))


async def test_the_time_allowed_ends_it(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(never_answer("UID SEARCH"))
    with pytest.raises(TimedOut, match="UID SEARCH"):
        async with visits.message("a", "e.M1", TimeAllowed.after(0.4)):
            pytest.fail("it cannot be found")


async def test_the_folder_of_the_index_is_searched_first(visits: MailVisits, mail: FakeImapServer) -> None:
    looked_for = wanted(mail, "Trash").email_id or ""
    gone = Links(named_by_server("email", looked_for), 10, None, ())
    await store_folder(visits.db, mail, "u1", "Trash", {50: gone})
    async with visits.message("a", f"e.{looked_for}", TimeAllowed.after(10.0)) as at:
        assert (at.folder.path, at.uid) == ("Trash", 1)
    assert mail.statistics.count("command", "UID SEARCH") == 2


async def test_a_session_closed_while_idle_is_replaced(visits: MailVisits, mail: FakeImapServer) -> None:
    async with visits.session("a", TimeAllowed.after(10.0)) as visit:
        folders = await way(visit, {"Sent"})
        assert folders[0].path == "Sent"
        assert (await search_folder(visit, folders[0], b"EMAILID M0"))[1].max is None
    await mail.drop_connections()
    async with visits.message("a", f"e.{wanted(mail, 'Sent').email_id}", TimeAllowed.after(10.0)) as at:
        assert (at.folder.path, at.uid) == ("Sent", 1)
