"""What the service adds: the way from an id to a change, and the hint for the sync."""

from __future__ import annotations

import pytest

from postroom.folders.hints import TOPIC, read_hints
from postroom.mail.ids import message_id
from postroom.mailboxes.changing.edits import Edit, Effect
from postroom.mailboxes.changing.service import MailChanges, Placed
from postroom.mailboxes.changing.storing import Change
from postroom.mailboxes.failures import ChangeCutShort, MessageNotFound
from postroom.mailboxes.searching.terms import Terms
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap_server import FakeImapServer, answer, drop_during
from tests.mailboxes.changing.at import MAIL, at, soon


async def id_of(visits: MailVisits, uid: int, path: str = "INBOX") -> str:
    async with at(visits, path) as folder:
        return message_id(folder.number, uid)


async def test_the_sync_is_told_where_to_look(visits: MailVisits, mail: FakeImapServer) -> None:
    changes, waiter = MailChanges(visits), visits.db.wakeups.subscribe(TOPIC)
    for n in (1, 2, 3):
        mail.append("u1", MAIL % n)

    async def hinted(count: int) -> list[str]:
        keys: set[str] = set()
        while len(keys) < count:
            keys |= await waiter.wait(10.0)
        return [path for _, path in read_hints(keys)]

    changed = await changes.change("a", await id_of(visits, 1), Change(flags=Edit(add=("x",))), soon())
    assert changed.flags == Effect(add=True)
    assert await hinted(1) == ["INBOX"]
    await changes.move("a", await id_of(visits, 1), "Sent", soon())
    assert await hinted(2) == ["INBOX", "Sent"]
    await changes.delete_found("a", "INBOX", Terms(sets=(("uid", "2"),)), soon())
    assert await hinted(2) == ["INBOX", "Trash"]
    # A change whose outcome is not known may have happened.
    mail.behave_now(drop_during("UID STORE"))
    with pytest.raises(ChangeCutShort):
        await changes.change("a", await id_of(visits, 3), Change(flags=Edit(add=("x",))), soon())
    assert await hinted(1) == ["INBOX"]


async def test_nothing_changed_is_nothing_told(visits: MailVisits, mail: FakeImapServer) -> None:
    changes, waiter = MailChanges(visits), visits.db.wakeups.subscribe(TOPIC)
    mail.append("u1", MAIL % 1)
    id_ = await id_of(visits, 1)
    await changes.change("a", id_, Change(flags=Edit(add=())), soon())
    assert await changes.move("a", id_, "\\Inbox", soon()) == Placed("INBOX", id_, 1)
    with pytest.raises(MessageNotFound):
        await changes.delete("a", await id_of(visits, 9), soon())
    assert waiter.take() == set()


async def test_a_message_that_another_program_took_first_was_not_moved(
    visits: MailVisits, mail: FakeImapServer
) -> None:
    mail.append("u1", MAIL % 1)
    # The server tells the UIDs of what it copies, and tells none: there was nothing to copy.
    mail.behave(answer("UID COPY", tagged="OK Nothing to copy"))
    with pytest.raises(MessageNotFound):
        await MailChanges(visits).move("a", await id_of(visits, 1), "Sent", soon())


async def test_a_server_that_tells_no_uids(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", MAIL % 1)
    mail.append("u1", b"Subject: no id\r\n\r\n")
    mail.append("u1", MAIL % 1, "Sent")
    one, two = await id_of(visits, 1), await id_of(visits, 2)
    offered = mail.world.capabilities_after_login
    mail.world.capabilities_after_login = tuple(each for each in offered if each != "UIDPLUS")
    await mail.drop_connections()
    changes = MailChanges(visits)
    # Another message looks the same, so nobody can tell which of the two was moved.
    assert await changes.move("a", one, "Sent", soon()) == Placed("Sent")
    assert await changes.move("a", two, "Sent", soon()) == Placed("Sent")
    assert len(mail.mailbox("u1", "Sent").messages) == 3
