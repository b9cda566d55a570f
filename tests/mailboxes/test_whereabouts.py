"""A message that is asked for by an id that it had before: where it went, if the server confirms it."""

from __future__ import annotations

import pytest

from postroom.accounts import store as accounts_store
from postroom.imap.responses import FetchData
from postroom.mail.identity.links import name_of
from postroom.mail.ids import MessageId, message_id, read_message_id
from postroom.mailboxes.changing.service import MailChanges, Placed
from postroom.mailboxes.failures import MessageMoved, MessageNotFound
from postroom.mailboxes.visit import fetch_one
from postroom.mailboxes.visiting import MailVisits
from postroom.mailboxes.whereabouts import Whereabouts, whereabouts
from postroom.storage.statements.connection import Connection
from postroom.threads import index
from postroom.threads import store as index_store
from postroom.threads.moves import store as moves_store
from tests.fakes.imap_server import FakeImapServer
from tests.mailboxes.changing.at import soon
from tests.mailboxes.threads.indexed import index_folders, letter, links_in


async def ask(visits: MailVisits, id_: str) -> str:
    async with visits.message("a", id_, soon()) as at:
        data = await fetch_one(at, ("UID", "RFC822.SIZE"))
        return f"{at.folder.path} {data.uid}"


async def went(visits: MailVisits, id_: str) -> tuple[str, str | None]:
    with pytest.raises(MessageMoved) as caught:
        await ask(visits, id_)
    return await ask(visits, caught.value.new_id), caught.value.stable_id


async def departed(visits: MailVisits, mail: FakeImapServer, uid: int) -> None:
    """The sync has seen that a message of INBOX is gone."""

    def work(conn: Connection) -> None:
        row = accounts_store.find(conn, "a")
        assert row is not None
        of = index_store.mailbox_id(conn, row.key, "INBOX", mail.mailbox("u1", "INBOX").uid_validity)
        assert of is not None
        moves_store.put_names(conn, row.key, 1, index.remove(conn, of, [uid]), row.created_at)

    await visits.db.write(work)


async def test_a_message_that_was_moved_through_the_api(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", letter("a"))
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent", "Trash")
    old = message_id(1, 1)
    placed = await MailChanges(visits).move("a", old, "Sent", soon())
    assert placed.id is not None
    where, stable = await went(visits, old)
    assert where == "Sent 1"
    await take_in(visits, mail, "Sent")
    assert stable is not None
    assert await ask(visits, stable) == "Sent 1"
    # It is followed when it goes on, and is not found when it is removed.
    again = await MailChanges(visits).delete("a", placed.id, soon())
    assert again is not None
    assert (await went(visits, old))[0] == (await went(visits, placed.id))[0] == "Trash 1"
    assert again.id is not None
    await MailChanges(visits).delete("a", again.id, soon(), force=True)
    with pytest.raises(MessageNotFound):
        await ask(visits, old)


async def take_in(visits: MailVisits, mail: FakeImapServer, path: str) -> None:
    """Take what lies in a folder into the index, as the sync does."""

    def work(conn: Connection) -> None:
        row = accounts_store.find(conn, "a")
        assert row is not None
        of = index_store.mailbox_id(conn, row.key, path, mail.mailbox("u1", path).uid_validity)
        assert of is not None
        index.add(conn, row.key, of, links_in(mail, "u1", path))

    await visits.db.write(work)


async def test_a_message_that_another_program_moved(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", letter("a"))
    mail.append("u1", letter("b"))
    mail.append("u1", letter("a"), "Sent")
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent", "Trash")
    mail.expunge("u1", 1)
    mail.expunge("u1", 2)
    # Before the sync has seen it, and after.
    assert (await went(visits, message_id(1, 1)))[0] == "Sent 1"
    await departed(visits, mail, 1)
    assert (await went(visits, message_id(1, 1)))[0] == "Sent 1"
    with pytest.raises(MessageNotFound):
        await ask(visits, message_id(1, 2))
    # The index is behind: the server does not confirm it.
    mail.expunge("u1", 1, "Sent")
    with pytest.raises(MessageNotFound):
        await ask(visits, message_id(1, 1))


async def test_a_change_of_a_moved_message_says_the_same(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", letter("a"))
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent")
    changes = MailChanges(visits)
    await changes.move("a", message_id(1, 1), "Sent", soon())
    with pytest.raises(MessageMoved) as caught:
        await changes.move("a", message_id(1, 1), "Trash", soon())
    assert read_message_id(caught.value.new_id) == MessageId(2, 1)


async def test_a_server_that_does_not_answer_leaves_it_not_found(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", letter("a"))
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent")
    assert await MailChanges(visits).move("a", message_id(1, 1), "Sent", soon()) == Placed("Sent", message_id(2, 1), 1)
    del mail.world.mailboxes("u1")["Sent"]
    with pytest.raises(MessageNotFound):
        await ask(visits, message_id(1, 1))


async def test_a_request_that_finds_its_message_asks_nothing_more(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", letter("a"))
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent")
    await ask(visits, message_id(1, 1))
    assert mail.statistics.count("command", "UID FETCH") == mail.statistics.count("command", "EXAMINE") == 1
    assert mail.statistics.count("command", "UID SEARCH") == 0


async def test_an_unknown_account_has_no_messages(visits: MailVisits) -> None:
    assert await visits.db.read(lambda conn: whereabouts(conn, "nobody", MessageId(1, 1))) == []


def test_what_is_recognised() -> None:
    name = name_of("<a@b>")
    place = Whereabouts("INBOX", 1, 1, name, 10)
    assert not place.is_it(FetchData(1, uid=1, size=10))
    assert Whereabouts("INBOX", 1, 1, None, 10).is_it(FetchData(1, uid=1, size=10))
    assert not Whereabouts("INBOX", 1, 1, None, 10).is_it(FetchData(1, uid=1, size=11))
    assert Whereabouts("INBOX", 1, 1, None, None).is_it(FetchData(1, uid=1, size=11))
