"""Visits to a mailbox: which folder is open, what a caller is told when none can be, and when it takes too long."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from postroom.accounts.model import AccountNotFound, NotConnected
from postroom.folders import numbers_store
from postroom.imap.commands.session import Noop
from postroom.mail.ids import MessageId, message_id
from postroom.mailboxes.failures import FolderNotFound, InvalidId, MessageNotFound, ServerRefused, TimedOut
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.storage.tables import accounts as table
from tests.fakes.imap_server import FakeImapServer, answer, never_answer


def soon() -> TimeAllowed:
    return TimeAllowed.after(10.0)


async def path_of(visits: MailVisits, asked: str) -> tuple[str, str | None]:
    async with visits.folder("a", asked, soon()) as folder:
        return folder.path, folder.role


async def test_a_folder_is_opened_read_only_unless_the_visit_writes(visits: MailVisits, mail: FakeImapServer) -> None:
    async with visits.folder("a", "INBOX", soon()) as folder:
        assert folder.opened.read_only
        reading = folder.number
    async with visits.folder("a", "INBOX", soon(), writes=True) as folder:
        assert not folder.opened.read_only
        assert folder.number == reading
    assert mail.statistics.count("command", "SELECT") == 1


async def test_a_role_finds_its_folder_in_any_mix_of_cases(visits: MailVisits) -> None:
    assert await path_of(visits, "\\Sent") == ("Sent", "\\Sent")
    assert await path_of(visits, "\\tRASH") == ("Trash", "\\Trash")
    assert await path_of(visits, "\\Inbox") == ("INBOX", "\\Inbox")
    with pytest.raises(FolderNotFound):
        await path_of(visits, "\\Archive")


async def test_a_folder_with_an_irregular_name_is_found_in_the_list(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.mailbox("u1", "Entw\u00fcrfe")
    assert await path_of(visits, "Entwürfe") == ("Entwürfe", None)


async def test_a_folder_that_is_not_there_is_not_found(visits: MailVisits) -> None:
    with pytest.raises(FolderNotFound, match="'Nowhere'"):
        await path_of(visits, "Nowhere")


async def test_a_server_that_does_not_open_a_folder_is_quoted(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("EXAMINE", tagged="NO [INUSE] Somebody repairs it"))
    with pytest.raises(ServerRefused) as caught:
        await path_of(visits, "INBOX")
    assert (caught.value.code, caught.value.said) == ("INUSE", "Somebody repairs it")


async def test_a_session_closed_while_idle_is_replaced(visits: MailVisits, mail: FakeImapServer) -> None:
    await path_of(visits, "INBOX")
    async with visits.folder("a", "INBOX", soon()), visits.folder("a", "INBOX", soon()):
        pass
    await mail.drop_connections()
    assert await path_of(visits, "INBOX") == ("INBOX", "\\Inbox")


async def test_a_silent_server_ends_a_visit_at_its_deadline(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(never_answer("EXAMINE"))
    with pytest.raises(TimedOut, match="EXAMINE") as caught:
        async with visits.folder("a", "INBOX", TimeAllowed.after(0.3)):
            pytest.fail("the folder cannot be open")
    assert caught.value.ttl == 300


async def test_a_visit_says_that_no_session_was_free(visits: MailVisits) -> None:
    async with visits.session("a", soon()), visits.session("a", soon()):
        with pytest.raises(TimedOut, match="became free"):
            async with visits.session("a", TimeAllowed.after(0.3)):
                pytest.fail("two sessions are lent already")


async def test_a_visit_that_stays_has_no_deadline(visits: MailVisits) -> None:
    async with visits.session("a", TimeAllowed.after(2.0)) as visit:
        visit.stay()
        await asyncio.sleep(2.1)
        await visit.run(Noop())


async def test_accounts_that_cannot_serve_say_so_at_once(visits: MailVisits, mail: FakeImapServer) -> None:
    with pytest.raises(AccountNotFound):
        async with visits.folder("b", "INBOX", soon()):
            pass
    await visits.db.write(lambda conn: conn.execute(table.update().values(state="authenticationError")))
    with pytest.raises(NotConnected) as caught:
        await path_of(visits, "INBOX")
    assert caught.value.code == "AuthenticationFails"
    assert mail.statistics.logins == 0


async def test_an_id_leads_to_its_folder_as_long_as_its_uids_are_valid(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    async with visits.folder("a", "Sent", soon()) as folder:
        number = folder.number
    async with visits.message("a", MessageId(number, 7), soon()) as at:
        assert (at.folder.path, at.uid) == ("Sent", 7)
    async with visits.message("a", message_id(number, 8), soon()) as at:
        assert at.uid == 8
    with pytest.raises(InvalidId):
        async with visits.message("a", "no id", soon()):
            pass
    with pytest.raises(MessageNotFound):
        async with visits.message("a", MessageId(number + 1, 7), soon()):
            pass
    mail.mailbox("u1", "Sent").uid_validity += 1
    with pytest.raises(MessageNotFound, match="anew"):
        async with visits.message("a", MessageId(number, 7), soon()):
            pass


async def test_numbers_are_given_once(visits: MailVisits) -> None:
    async def number() -> int:
        async with visits.folder("a", "Sent", soon()) as folder:
            return folder.number

    assert len({*await asyncio.gather(number(), number())}) == 1
    key = await visits.db.read(lambda conn: conn.execute(table.select()).one().key)
    found = await visits.db.read(partial(numbers_store.find_numbered, account_key=key, number=await number()))
    assert found is not None
    assert found.path == "Sent"
