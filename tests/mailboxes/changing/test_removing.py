"""Removing messages for good, and the folder where deleted messages are kept."""

from __future__ import annotations

import pytest

from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.progress import ChangeProgress
from postroom.mailboxes.changing.removing import find_trash, remove, without_trash
from postroom.mailboxes.failures import FolderNotFound, ServerRefused, TrashNotFound
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer
from tests.mailboxes.changing.at import MAIL, at


@pytest.mark.parametrize(("path", "kept"), [("INBOX", "Trash"), ("Sent", "Trash"), ("Trash", None), ("\\Junk", None)])
async def test_where_deleted_messages_go(visits: MailVisits, path: str, kept: str | None) -> None:
    # By its role, because nothing is stored of the folders yet.
    roles = {"Sent": "\\Sent", "Trash": "\\Trash"}
    async with at(visits, roles.get(path, path)) as folder:
        trash = await find_trash(visits, folder)
    assert (None if trash is None else trash.path) == kept


async def test_without_a_trash(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.mailboxes("u1").pop("Trash")
    async with at(visits) as folder:
        with pytest.raises(TrashNotFound):
            await find_trash(visits, folder)
    with pytest.raises(TrashNotFound), without_trash():
        raise FolderNotFound("Trash")


async def test_just_these_messages_are_removed(visits: MailVisits, mail: FakeImapServer) -> None:
    for n in range(1, 5):
        mail.append("u1", MAIL % n, flags=["\\Deleted"] if n == 4 else [])
    progress = ChangeProgress(2)
    async with at(visits) as folder:
        await remove(folder, UidSet.from_iterable((1, 3)), progress)
    assert [each.uid for each in mail.mailbox("u1").messages] == [2, 4]
    assert (progress.done, progress.unsure) == (2, 0)


async def test_without_uidplus_a_mark_that_another_program_sets_meanwhile_is_spared(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    mail.world.capabilities_after_login = ("IMAP4rev1", "UNSELECT")
    for n in range(1, 5):
        mail.append("u1", MAIL % n, flags=["\\Deleted"] if n == 4 else [])

    async def store(session: Session, command: Command) -> None:
        if command.text(1).startswith("-"):
            # Our first look is over, and the other program marks one more.
            mail.set_flags("u1", 2, ["\\Deleted"])
        await session.answer_normally(command)

    mail.behave(Behaviour(on_command={"UID STORE": store}))
    async with at(visits) as folder:
        await remove(folder, UidSet.from_iterable((1, 3)), ChangeProgress(2))
    left = mail.mailbox("u1").messages
    assert [(each.uid, "\\Deleted" in each.flags) for each in left] == [(2, True), (4, True)]


@pytest.mark.parametrize(("command", "unsure"), [("UID STORE", 0), ("UID EXPUNGE", 1)])
async def test_refusals_say_whether_a_mark_may_stay(
    visits: MailVisits, mail: FakeImapServer, command: str, unsure: int
) -> None:
    mail.append("u1", MAIL % 1)
    mail.behave(answer(command, tagged="NO Not yours"))
    progress = ChangeProgress(1)
    async with at(visits) as folder:
        with pytest.raises(ServerRefused):
            await remove(folder, UidSet.from_iterable((1,)), progress)
    assert progress.unsure == unsure
