"""A session that has just answered, even when the server closed the idle ones."""

from __future__ import annotations

import pytest

from postroom.imap.commands.session import Noop
from postroom.mailboxes.alive import alive_session
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from tests.fakes.imap_server import FakeImapServer, drop_during


async def test_sessions_that_the_server_closed_are_replaced(visits: MailVisits, mail: FakeImapServer) -> None:
    soon = TimeAllowed.after(10.0)
    async with alive_session(visits, "a", soon), alive_session(visits, "a", soon):
        pass
    await mail.drop_connections()
    async with alive_session(visits, "a", soon) as visit:
        await visit.run(Noop())


async def test_a_server_that_keeps_hanging_up_is_given_up(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(drop_during("NOOP"))
    with pytest.raises(SessionFailed):
        async with alive_session(visits, "a", TimeAllowed.after(10.0)):
            pytest.fail("no session can be alive")
    assert mail.statistics.logins == 3


async def test_a_failure_of_the_block_is_not_repeated(visits: MailVisits, mail: FakeImapServer) -> None:
    with pytest.raises(ZeroDivisionError):
        async with alive_session(visits, "a", TimeAllowed.after(10.0)):
            raise ZeroDivisionError
    assert mail.statistics.logins == 1
