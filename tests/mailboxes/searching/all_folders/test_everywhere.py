"""A search through all folders goes on when one of them fails."""

from __future__ import annotations

import pytest

from postroom.mailboxes.failures import ServerRefused
from postroom.mailboxes.searching.all_folders import everywhere
from postroom.mailboxes.searching.all_folders.everywhere import search_all
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer


async def test_a_folder_that_ends_the_session_is_left_out(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", b"Subject: one\r\n\r\n")
    mail.append("u1", b"Subject: two\r\n\r\n", "Poison")
    mail.append("u1", b"Subject: three\r\n\r\n", "Zoo")

    async def die(session: Session, command: Command) -> None:
        if b"Poison" in command.raw:
            session.writer.transport.abort()
        else:
            await session.answer_normally(command)

    mail.behave(Behaviour(on_command={"EXAMINE": die}))
    found = await search_all(visits, "a", Terms(), TimeAllowed.after(10))
    assert [path for path, _ in found.incomplete] == ["Poison"]
    assert found.total == 2


async def test_a_server_that_opens_no_folder_is_quoted(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("EXAMINE", tagged="NO [SERVERBUG] nothing works"))
    with pytest.raises(ServerRefused, match="nothing works"):
        await search_all(visits, "a", Terms(), TimeAllowed.after(10))


async def test_a_folder_with_too_many_messages_is_told(
    visits: MailVisits, mail: FakeImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(everywhere, "MOST_DATED", 2)
    for number in range(3):
        mail.append("u1", b"Subject: %d\r\n\r\n" % number)
    found = await search_all(visits, "a", Terms(), TimeAllowed.after(10))
    assert [row.uid for row in found.rows] == [2, 3]
    assert found.incomplete == (("INBOX", "Only the newest 2 of 3 messages found are listed"),)
