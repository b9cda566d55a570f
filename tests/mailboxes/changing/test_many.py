"""Changing, moving and removing many messages, step by step."""

from __future__ import annotations

import pytest

from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.edits import Edit, Effect
from postroom.mailboxes.changing.many import ManyChanged, change_many, move_many, remove_many
from postroom.mailboxes.changing.progress import ChangeProgress
from postroom.mailboxes.changing.storing import Change
from postroom.mailboxes.changing.targets import MoveTarget
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import Behaviour, FakeImapServer, answer
from tests.mailboxes.changing.at import MAIL, at


@pytest.fixture
def uids(mail: FakeImapServer) -> UidSet:
    """1100 messages of which no two are neighbours."""
    found = [mail.append("u1", MAIL % n).uid for n in range(2200)][::2]
    mail.mailbox("u1").messages = mail.mailbox("u1").messages[::2]
    return UidSet.from_iterable(found)


async def test_flags_are_stored_step_by_step(visits: MailVisits, mail: FakeImapServer, uids: UidSet) -> None:
    progress = ChangeProgress()
    async with at(visits) as folder:
        changed = await change_many(folder, uids, Change(flags=Edit(add=("x",), delete=("y",))), progress)
    assert changed == ManyChanged(1100, 1100, Effect(add=True, delete=True), None)
    assert (progress.total, progress.done) == (1100, 1100)
    assert {frozenset(each.flags) for each in mail.mailbox("u1").messages} == {frozenset({"x"})}
    # Two commands for each of the two steps.
    assert mail.statistics.count("command", "UID STORE") == 4


async def test_one_message_without_effect_shows(visits: MailVisits, mail: FakeImapServer) -> None:
    for n in (1, 2):
        mail.append("u1", MAIL % n)
    mail.behave(answer("UID STORE", "* 1 FETCH (UID 1 FLAGS (x))", "* 2 FETCH (UID 2 FLAGS ())"))
    async with at(visits) as folder:
        changed = await change_many(folder, UidSet.beginning(1, 2), Change(flags=Edit(add=("x",))), ChangeProgress())
    assert changed == ManyChanged(2, 2, Effect(add=False), None)


async def test_messages_are_moved_step_by_step(visits: MailVisits, mail: FakeImapServer, uids: UidSet) -> None:
    progress = ChangeProgress()
    async with at(visits) as folder:
        moved = await move_many(visits, folder, uids, MoveTarget("Sent", "Sent", "Sent"), progress)
        number = folder.number
    pairs = [pair for step in moved.moves for pair in step.pairs]
    assert pairs == [(old, new) for new, old in enumerate(uids, 1)]
    assert {step.source for step in moved.moves} == {number}
    assert (moved.path, moved.found, progress.done) == ("Sent", 1100, 1100)
    assert len(mail.mailbox("u1", "Sent").messages) == 1100


async def test_messages_are_removed_step_by_step(visits: MailVisits, mail: FakeImapServer, uids: UidSet) -> None:
    mail.append("u1", MAIL % 1, flags=["\\Deleted"])
    async with at(visits) as folder:
        await remove_many(folder, uids, ChangeProgress())
    assert [each.uid for each in mail.mailbox("u1").messages] == [2201]
    assert mail.statistics.count("command", "UID EXPUNGE") == 2


async def test_the_servers_own_ids_of_moved_messages(visits: MailVisits, mail: FakeImapServer) -> None:
    for n in (1, 2, 3):
        mail.append("u1", MAIL % n)
    target = MoveTarget("Sent", "Sent", "Sent")
    told = answer("UID FETCH", "* 1 FETCH (UID 1 EMAILID (M1))", "* 3 FETCH (UID 3 EMAILID (M3))")
    mail.world.capabilities_after_login += ("OBJECTID",)
    mail.behave(told)
    async with at(visits) as folder:
        moved = await move_many(visits, folder, UidSet.from_iterable((1, 3)), target, ChangeProgress())
    assert moved.email_ids == ("M1", "M3")


async def test_a_server_without_such_ids_is_not_asked(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", MAIL % 1)
    async with at(visits) as folder:
        target = MoveTarget("Sent", "Sent", "Sent")
        moved = await move_many(visits, folder, UidSet.from_iterable((1,)), target, ChangeProgress())
    assert (moved.email_ids, mail.statistics.count("command", "UID FETCH")) == (None, 0)


@pytest.mark.parametrize("fault", [answer("UID FETCH", tagged="NO Not now"), answer("UID COPY", tagged="OK Copied")])
async def test_ids_that_are_not_known_or_not_proven_are_left_out(
    visits: MailVisits, mail: FakeImapServer, fault: Behaviour
) -> None:
    mail.world.capabilities_after_login += ("OBJECTID",)
    mail.append("u1", MAIL % 1)
    mail.behave(answer("UID FETCH", "* 1 FETCH (UID 1 EMAILID (M1))") | fault)
    target, progress = MoveTarget("Sent", "Sent", "Sent"), ChangeProgress()
    async with at(visits) as folder:
        moved = await move_many(visits, folder, UidSet.from_iterable((1,)), target, progress)
    assert (moved.email_ids, progress.done) == ((), 1)
