from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.accounts.model import AccountNotFound
from postroom.imap.responses import FetchData
from postroom.mail.identity.links import links_of, name_of
from postroom.mail.identity.stable_ids import thread_id
from postroom.mail.ids import message_id
from postroom.mail.message import message_object
from postroom.mailboxes.failures import InvalidId, MailboxFailed, MessageNotFound, MissingExtension, ThreadNotFound
from postroom.mailboxes.threads.service import Threads
from postroom.mailboxes.visit import TimeAllowed, fetch_one
from postroom.mailboxes.visiting import MailVisits
from postroom.storage.tables import mailboxes
from tests.fakes.imap_server import FakeImapServer, answer
from tests.mailboxes.threads.indexed import index_folders, letter, store_folder


def soon() -> TimeAllowed:
    return TimeAllowed.after(10.0)


def thread(own: str) -> str:
    return thread_id(name_of(f"<{own}>") or 0)


@pytest.fixture
async def threads(visits: MailVisits, mail: FakeImapServer) -> Threads:
    """INBOX holds a thread with its reply, and another message; the answer to it lies in Sent."""
    mail.append("u1", letter("a", subject="Dinner"), flags=["\\Seen"])
    mail.append("u1", letter("x", subject="Other"))
    mail.append("u1", letter("c", "a", "b", subject="Re: Dinner"))
    mail.append("u1", letter("b", "a", subject="Re: Dinner"), "Sent")
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent", "Trash")
    return Threads(visits)


async def test_a_folder_lists_its_threads_newest_first(threads: Threads) -> None:
    found = await threads.list_page("a", "INBOX", 0, 20, soon())
    assert found.total == 2
    first, second = found.threads
    assert (first.thread_id, first.newest["subject"], first.count, first.unseen) == (thread("a"), "Re: Dinner", 3, 1)
    assert first.messages == (message_id(1, 1), message_id(1, 3), message_id(2, 1))
    assert (second.thread_id, second.count, second.unseen) == (thread("x"), 1, 1)
    rest = await threads.list_page("a", "\\Inbox", 1, 1, soon())
    assert [each.thread_id for each in rest.threads] == [thread("x")]


async def test_a_folder_that_is_not_indexed_says_so(threads: Threads) -> None:
    with pytest.raises(MissingExtension, match="has not read this folder yet"):
        await threads.list_page("a", "Junk", 0, 20, soon())


async def test_a_folder_that_is_indexed_in_part_says_so(threads: Threads) -> None:
    behind = sa.update(mailboxes).where(mailboxes.c.path == "INBOX").values(indexed=2)
    await threads.visits.db.write(lambda conn: conn.execute(behind) and None)
    found = await threads.list_page("a", "INBOX", 0, 20, soon())
    assert found.total == 2
    assert [(each.path, "UID 2" in each.reason) for each in found.incomplete] == [("INBOX", True)]


async def test_a_folder_too_large_to_be_looked_at_says_so(threads: Threads, mail: FakeImapServer) -> None:
    heads = {256 * number + 1: letter(str(number)) for number in range(81)}
    links = {uid: links_of(FetchData(1, uid, size=99, sections={"HEADER": head})) for uid, head in heads.items()}
    await store_folder(threads.visits.db, mail, "u1", "Junk", links)
    found = await threads.list_page("a", "Junk", 0, 20, soon())
    assert (found.total, [each.reason for each in found.incomplete]) == (
        80,
        ["Only the newest 80 messages were looked at"],
    )


async def test_a_thread_has_both_halves_oldest_first(threads: Threads, mail: FakeImapServer) -> None:
    found = await threads.read("a", thread("a"), soon())
    assert sorted((each["path"], each["uid"]) for each in found.messages) == [("INBOX", 1), ("INBOX", 3), ("Sent", 1)]
    assert [each.get("date", "") for each in found.messages] == sorted(each.get("date", "") for each in found.messages)
    assert {each["threadId"] for each in found.messages} == {thread("a")}
    assert found.incomplete == ()
    mail.expunge("u1", 3)
    assert len((await threads.read("a", thread("a"), soon())).messages) == 2


async def test_a_folder_that_does_not_answer_is_named(threads: Threads, mail: FakeImapServer) -> None:
    del mail.world.mailboxes("u1")["Sent"]
    found = await threads.read("a", thread("a"), soon())
    assert [each["path"] for each in found.messages] == ["INBOX", "INBOX"]
    assert [each.path for each in found.incomplete] == ["Sent"]
    assert "Sent" in found.incomplete[0].reason


async def test_if_no_folder_answers_the_error_is_told(threads: Threads, mail: FakeImapServer) -> None:
    mail.behave(answer("UID FETCH", tagged="NO not now"))
    with pytest.raises(MailboxFailed, match="not now"):
        await threads.read("a", thread("a"), soon())


async def test_threads_that_are_not_there(threads: Threads) -> None:
    with pytest.raises(ThreadNotFound):
        await threads.read("a", thread("unknown"), soon())
    with pytest.raises(ThreadNotFound):
        await threads.read("a", "T123", soon())
    with pytest.raises(InvalidId):
        await threads.read("a", "r.x", soon())
    with pytest.raises(AccountNotFound):
        await threads.read("b", thread("a"), soon())


async def test_messages_of_others_are_marked_with_their_thread(threads: Threads) -> None:
    async with threads.visits.message("a", message_id(1, 3), soon()) as at:
        told = await fetch_one(at, ("UID", "RFC822.SIZE", "ENVELOPE"))
        message = message_object(at.folder.number, at.folder.path, told)
        await threads.mark(at.folder, [message])
    assert message["threadId"] == thread("a")


async def stable(threads: Threads, of: str) -> str:
    async with threads.visits.message("a", of, soon()) as at:
        told = await fetch_one(at, ("UID", "RFC822.SIZE", "ENVELOPE"))
        return message_object(at.folder.number, at.folder.path, told)["stableId"]


async def test_a_message_is_found_by_its_stable_id(threads: Threads) -> None:
    wanted = await stable(threads, message_id(2, 1))
    async with threads.visits.message("a", wanted, soon()) as at:
        assert (at.folder.path, at.uid) == ("Sent", 1)
    assert await stable(threads, wanted) == wanted


async def test_of_several_copies_one_that_is_there_counts(visits: MailVisits, mail: FakeImapServer) -> None:
    for path in ("Trash", "INBOX", "Sent"):
        mail.append("u1", letter("a"), path)
    await index_folders(visits.db, mail, "u1", "INBOX", "Sent", "Trash")
    wanted = await stable(Threads(visits), message_id(1, 1))
    for path in ("INBOX", "Sent", "Trash"):
        async with visits.message("a", wanted, soon()) as at:
            assert at.folder.path == path
        mail.expunge("u1", 1, path)
    with pytest.raises(MessageNotFound):
        async with visits.message("a", wanted, soon()):
            pass


@pytest.mark.parametrize("text", ["m.x", "e.", "q.1"])
async def test_nonsense_is_no_stable_id(visits: MailVisits, text: str) -> None:
    with pytest.raises(InvalidId):
        async with visits.message("a", text, soon()):
            pass
