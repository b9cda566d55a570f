"""The way through all folders: what is left out, and when it is an error."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.imap.commands.select import Select
from postroom.mailboxes.failures import MissingExtension, ServerRefused, TimedOut
from postroom.mailboxes.places import ListedFolder
from postroom.mailboxes.threads import walking
from postroom.mailboxes.threads.walking import walk
from postroom.mailboxes.visit import MailVisit, TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.failures import SessionFailed
from tests.fakes.imap.session import Behaviour
from tests.fakes.imap_server import CAPABILITIES, Command, FakeImapServer, Session, answer

ALL = ["INBOX", "Sent", "Drafts", "Trash", "Junk"]


@pytest.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer(capabilities=(*CAPABILITIES, "OBJECTID")) as server:
        yield server


class Steps:
    """Opens each folder, and notes which."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    async def __call__(self, visit: MailVisit, folder: ListedFolder) -> None:
        await visit.run(Select(folder.raw_name, read_only=True))
        self.taken.append(folder.path)


def at(path: str, *, silent: bool = False, status: str = "NO") -> Behaviour:
    """A server that refuses to open one folder, or is silent, or ends the session."""

    async def examine(session: Session, command: Command) -> None:
        if command.text(0) != path:
            await session.answer_normally(command)
        elif silent:
            await session.stay_silent()
        elif status == "BYE":
            session.close()
        else:
            await session.tagged(command, status, "not now")

    return Behaviour(on_command={"EXAMINE": examine})


async def test_every_folder_is_seen_once(visits: MailVisits) -> None:
    steps = Steps()
    assert await walk(visits, "a", TimeAllowed.after(10), steps) == []
    assert steps.taken == ALL
    steps = Steps()
    await walk(visits, "a", TimeAllowed.after(10), steps, {"Trash"})
    assert steps.taken[:2] == ["Trash", "INBOX"]


async def test_a_folder_that_refuses_is_left_out(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(at("INBOX"))
    left_out = await walk(visits, "a", TimeAllowed.after(10), Steps())
    assert [each.path for each in left_out] == ["INBOX"]
    assert "not now" in left_out[0].reason
    mail.behave_now(answer("EXAMINE", tagged="NO never"))
    with pytest.raises(ServerRefused, match="never"):
        await walk(visits, "a", TimeAllowed.after(10), Steps())


async def test_when_the_time_is_over_the_rest_is_left_out(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(at("Drafts", silent=True))
    steps = Steps()
    left_out = await walk(visits, "a", TimeAllowed.after(2.0), steps)
    assert [each.path for each in left_out] == ALL[len(steps.taken) :]
    mail.behave_now(at("INBOX", silent=True))
    with pytest.raises(TimedOut):
        await walk(visits, "a", TimeAllowed.after(0.4), Steps())


async def test_when_the_session_ends_the_rest_is_left_out(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(at("Drafts", status="BYE"))
    left_out = await walk(visits, "a", TimeAllowed.after(10), Steps())
    assert [each.path for each in left_out] == ["Drafts", "Trash", "Junk"]
    mail.behave(at("INBOX", status="BYE"))
    with pytest.raises(SessionFailed):
        await walk(visits, "a", TimeAllowed.after(10), Steps())


async def test_a_session_closed_while_idle_is_replaced(visits: MailVisits, mail: FakeImapServer) -> None:
    await walk(visits, "a", TimeAllowed.after(10), Steps())
    await mail.drop_connections()
    steps = Steps()
    assert await walk(visits, "a", TimeAllowed.after(10), steps) == []
    assert steps.taken == ALL


async def test_folders_beyond_the_limit_are_named(visits: MailVisits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walking, "MOST_FOLDERS", 3)
    left_out = await walk(visits, "a", TimeAllowed.after(10), Steps())
    assert [each.path for each in left_out] == ["Trash", "Junk"]


async def test_a_server_without_ids_of_its_own(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities = mail.world.capabilities_after_login = CAPABILITIES
    with pytest.raises(MissingExtension):
        await walk(visits, "a", TimeAllowed.after(10), Steps())
