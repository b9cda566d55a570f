"""Pages of a folder that stays open: the server opens it once, and every page shows the folder as it is now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import sqlalchemy as sa

from postroom.mailboxes.lists.cursor import Cursor
from postroom.mailboxes.lists.page import PageAsked
from postroom.mailboxes.lists.service import MessageLists
from postroom.mailboxes.lists.wanted import EVERYTHING
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions import staying
from postroom.sessions.failures import SessionFailed
from postroom.storage.tables import mailboxes
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer, drop_during
from tests.mailboxes.threads.indexed import index_folders, letter

List = Callable[..., Awaitable[list[int]]]


@pytest.fixture
async def listed(visits: MailVisits, mail: FakeImapServer) -> List:
    """List the newest UIDs of a folder; INBOX, with the messages 1 to 3, and Sent are stored."""
    for number in range(1, 4):
        mail.append("u1", letter(f"{number}@x"))
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent")

    async def ask(path: str = "INBOX") -> list[int]:
        asked = PageAsked(Cursor(), 10, EVERYTHING)
        page = await MessageLists(visits).page("a", path, asked, TimeAllowed.after(10))
        return [each["uid"] for each in page.messages]

    return ask


def opened(mail: FakeImapServer) -> int:
    return mail.statistics.count("command", "EXAMINE")


async def test_the_second_page_does_not_open_the_folder_again(listed: List, mail: FakeImapServer) -> None:
    assert [await listed(), await listed(), await listed()] == [[3, 2, 1]] * 3
    assert (opened(mail), mail.statistics.count("command", "UNSELECT")) == (1, 0)


async def test_what_came_and_went_meanwhile_is_seen(listed: List, mail: FakeImapServer) -> None:
    await listed()
    mail.expunge("u1", 2)
    mail.append("u1", letter("4@x"))
    assert await listed() == [4, 3, 1]
    assert opened(mail) == 1


async def test_another_folder_is_opened(listed: List, mail: FakeImapServer) -> None:
    await listed()
    assert (await listed("Sent"), await listed("\\Inbox")) == ([], [3, 2, 1])
    assert opened(mail) == 3


async def test_a_folder_that_the_sync_saw_change_is_opened_again(
    listed: List, visits: MailVisits, mail: FakeImapServer
) -> None:
    """Some servers tell an open folder no news, and the caller may come because of an event."""
    await listed()
    mail.mailbox("u1").append(letter("4@x"))
    await visits.db.write(lambda conn: conn.execute(sa.update(mailboxes).values(uidnext=5)))
    assert await listed() == [4, 3, 2, 1]
    assert opened(mail) == 2


async def test_any_other_use_of_the_account_closes_the_folder(
    listed: List, visits: MailVisits, mail: FakeImapServer
) -> None:
    await listed()
    async with visits.session("a", TimeAllowed.after(10)) as visit:
        assert visit.client.selected is None
        mail.mailbox("u1").append(letter("4@x"))
    assert await listed() == [4, 3, 2, 1]


@pytest.mark.parametrize("fails", [False, True])
async def test_a_folder_opened_during_another_use_does_not_stay_open(
    listed: List, visits: MailVisits, mail: FakeImapServer, fails: bool
) -> None:
    """The other use may change the folder after it was opened."""
    try:
        async with visits.session("a", TimeAllowed.after(10)):
            await listed()
            mail.mailbox("u1").append(letter("4@x"))
            if fails:
                raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    assert await listed() == [4, 3, 2, 1]


async def test_after_some_seconds_the_folder_is_opened_again(
    listed: List, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staying, "STAYS_FOR", 0.0)
    assert [await listed(), await listed()] == [[3, 2, 1]] * 2
    assert opened(mail) == 2


async def test_a_folder_whose_server_refuses_to_go_on_is_opened_again(listed: List, mail: FakeImapServer) -> None:
    mail.behave(answer("NOOP", tagged="NO The mailbox was replaced"))
    assert [await listed(), await listed()] == [[3, 2, 1]] * 2
    assert opened(mail) == 2


async def test_a_folder_that_was_numbered_anew_is_opened_again(
    listed: List, visits: MailVisits, mail: FakeImapServer
) -> None:
    await listed()
    mail.behave_now(answer("NOOP", "* OK [UIDVALIDITY 77] Numbered anew"))
    assert await listed() == [3, 2, 1]
    assert opened(mail) == 2


async def test_a_session_that_was_closed_meanwhile_is_replaced(listed: List, mail: FakeImapServer) -> None:
    await listed()
    await mail.drop_connections()
    assert await listed() == [3, 2, 1]


@pytest.mark.parametrize("told", ["BYE", "NO"])
async def test_a_page_that_fails_in_a_folder_that_was_open_is_read_from_the_folder_as_it_is_now(
    listed: List, mail: FakeImapServer, told: str
) -> None:
    """Dovecot answers NOOP in a folder that was replaced, and notices it at FETCH: `Mailbox was deleted under us`."""
    await listed()

    async def fail(session: Session, command: Command) -> None:
        mail.behave_now()
        if told == "BYE":
            await session.line("* BYE FETCH failed: Mailbox was deleted under us")
            session.close()
        await session.tagged(command, "NO", "Mailbox was deleted")

    mail.behave_now(Behaviour(on_command={"FETCH": fail}))
    assert await listed() == [3, 2, 1]
    assert opened(mail) == 2


async def test_a_page_that_fails_in_a_folder_just_opened_is_an_error(listed: List, mail: FakeImapServer) -> None:
    mail.behave(drop_during("FETCH"))
    with pytest.raises(SessionFailed):
        await listed()
    assert opened(mail) == 1
