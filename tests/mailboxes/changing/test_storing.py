"""Storing flags and Gmail's labels, and reading what became of them."""

from __future__ import annotations

import pytest

from postroom.imap.sets import UidSet
from postroom.mailboxes.changing.edits import Edit
from postroom.mailboxes.changing.progress import Progress
from postroom.mailboxes.changing.storing import Change, Now, check, items_of, store
from postroom.mailboxes.failures import MissingExtension, ServerRefused
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import Behaviour, Command, FakeImapServer, Session, answer
from tests.mailboxes.changing.at import MAIL, at

ALL = UidSet.beginning(1, 9)


async def test_the_flags_of_each_message_are_told(visits: MailVisits, mail: FakeImapServer) -> None:
    for n in (1, 2):
        mail.append("u1", MAIL % n, flags=["old"])
    progress = Progress(9)
    async with at(visits) as folder:
        told = await store(folder, ALL, Change(flags=Edit(add=("new",), delete=("old",))), progress)
    # The set names messages that are not there; they are left out.
    assert told == {1: Now({"new"}, None), 2: Now({"new"}, None)}
    assert progress.unsure == 0


async def test_a_silent_server_is_asked(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", MAIL % 1, flags=["old"])
    mail.behave(answer("UID STORE"))
    async with at(visits) as folder:
        told = await store(folder, UidSet.from_iterable((1,)), Change(flags=Edit(add=("new",))), Progress(1))
    assert told == {1: Now({"old"}, None)}


async def test_made_up_answers_about_messages_that_are_gone_do_not_count(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    mail.append("u1", MAIL % 1)
    async with at(visits) as folder:
        mail.behave_now(
            answer("UID STORE"), answer("UID FETCH", "* 2 FETCH (UID 2 FLAGS ())", tagged="OK [EXPUNGEISSUED] gone")
        )
        told = await store(folder, UidSet.from_iterable((2,)), Change(flags=Edit(add=("x",))), Progress(1))
    assert told == {}


async def test_labels_at_gmail(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.world.capabilities_after_login += ("X-GM-EXT-1",)
    mail.append("u1", MAIL % 1)
    sent: list[bytes] = []
    labels = answer("UID STORE", '* 1 FETCH (UID 1 X-GM-LABELS (\\Important "Caf&AOk-"))')
    usual = labels.on_command["UID STORE"]

    async def remember(session: Session, command: Command) -> None:
        sent.append(command.raw)
        await usual(session, command)

    mail.behave(Behaviour(on_command={"UID STORE": remember}))
    change = Change(labels=Edit(add=("Café", "\\Important"), delete=("Old one",)))
    async with at(visits) as folder:
        check(folder, change)
        told = await store(folder, UidSet.from_iterable((1,)), change, Progress(1))
    assert told == {1: Now(None, ("\\Important", "Café"))}
    assert [each.partition(b"UID STORE ")[2] for each in sent] == [
        b"1 +X-GM-LABELS (Caf&AOk- \\Important)",
        b'1 -X-GM-LABELS ("Old one")',
    ]


async def test_labels_elsewhere(visits: MailVisits) -> None:
    async with at(visits) as folder:
        with pytest.raises(MissingExtension):
            check(folder, Change(labels=Edit(add=("x",))))
        check(folder, Change(flags=Edit(add=("x",))))


async def test_a_refusal_leaves_several_messages_unsure(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.behave(answer("UID STORE", tagged="NO [LIMIT] Too many"))
    for count, unsure in ((1, 0), (2, 2)):
        progress = Progress(count)
        async with at(visits) as folder:
            with pytest.raises(ServerRefused):
                await store(folder, UidSet.beginning(1, count), Change(flags=Edit(add=("x",))), progress)
        assert progress.unsure == unsure


def test_what_shows_what_became_of_a_change() -> None:
    assert items_of(Change()) == ("FLAGS",)
    assert items_of(Change(flags=Edit(), labels=Edit())) == ("FLAGS", "X-GM-LABELS")
    assert Change(flags=Edit(add=())).is_nothing
    assert not Change(flags=Edit(replace=())).is_nothing
