"""Changing, moving and removing many messages, step by step."""

from __future__ import annotations

import pytest

from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.edits import Edit, Effect
from postroom.mailboxes.changing.many import ManyChanged, change_many, found_in, move_many, remove_many
from postroom.mailboxes.changing.progress import Progress
from postroom.mailboxes.changing.storing import Change
from postroom.mailboxes.changing.targets import Target
from postroom.mailboxes.failures import IncompleteAnswer, MissingExtension, UnsupportedSearchTerm
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer
from tests.mailboxes.changing.at import MAIL, at


@pytest.fixture
def uids(mail: FakeImapServer) -> UidSet:
    """1100 messages of which no two are neighbours."""
    found = [mail.append("u1", MAIL % n).uid for n in range(2200)][::2]
    mail.mailbox("u1").messages = mail.mailbox("u1").messages[::2]
    return UidSet.from_iterable(found)


async def test_flags_are_stored_step_by_step(visits: MailVisits, mail: FakeImapServer, uids: UidSet) -> None:
    progress = Progress()
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
        changed = await change_many(folder, UidSet.beginning(1, 2), Change(flags=Edit(add=("x",))), Progress())
    assert changed == ManyChanged(2, 2, Effect(add=False), None)


async def test_messages_are_moved_step_by_step(visits: MailVisits, mail: FakeImapServer, uids: UidSet) -> None:
    progress = Progress()
    async with at(visits) as folder:
        moved = await move_many(visits, folder, uids, Target("Sent", "Sent", "Sent"), progress)
        number = folder.number
    pairs = [pair for step in moved.moves for pair in step.pairs]
    assert pairs == [(old, new) for new, old in enumerate(uids, 1)]
    assert {step.source for step in moved.moves} == {number}
    assert (moved.path, moved.found, progress.done) == ("Sent", 1100, 1100)
    assert len(mail.mailbox("u1", "Sent").messages) == 1100


async def test_messages_are_removed_step_by_step(visits: MailVisits, mail: FakeImapServer, uids: UidSet) -> None:
    mail.append("u1", MAIL % 1, flags=["\\Deleted"])
    async with at(visits) as folder:
        await remove_many(folder, uids, Progress())
    assert [each.uid for each in mail.mailbox("u1").messages] == [2201]
    assert mail.statistics.count("command", "UID EXPUNGE") == 2


async def test_what_a_search_finds(visits: MailVisits, mail: FakeImapServer) -> None:
    for n in (1, 2):
        mail.append("u1", MAIL % n, flags=["\\Seen"] if n == 2 else [])
    async with at(visits) as folder:
        assert await found_in(folder, Terms(flags=(("seen", True),))) == UidSet.from_iterable((2,))
        assert await found_in(folder, Terms()) == UidSet.beginning(1, 2)
        with pytest.raises(MissingExtension):
            await found_in(folder, Terms(gmail_raw="is:starred"))
        with pytest.raises(UnsupportedSearchTerm):
            await found_in(folder, Terms(has_attachment=False))


async def test_an_answer_that_leaves_out_the_messages_changes_nothing(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login += ("ESEARCH",)

    async with at(visits) as folder:
        mail.behave_now(answer("UID SEARCH", '* ESEARCH (TAG "x") UID COUNT 5'))
        try:
            found = await found_in(folder, Terms())
        except IncompleteAnswer:
            found = UidSet()
    assert not found
