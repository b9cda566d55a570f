"""Reading a message or a text: what the server must have told, ids, and the flag of a message that was read."""

from __future__ import annotations

import pytest

from postroom.mail.ids import message_id, text_id
from postroom.mailboxes.failures import IncompleteAnswer, InvalidId, MessageNotFound, PartNotFound, ServerRefused
from postroom.mailboxes.reading.service import Messages
from postroom.mailboxes.reading.wishes import MessageWish, TextWish
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from tests.fakes.imap.hostile_mail import says
from tests.fakes.imap_server import FakeImapServer, answer
from tests.mailboxes.threads.indexed import index_folders, letter

LETTER = b"From: a@example.com\r\nSubject: hello\r\nX-Own: one\r\nX-Own: two\r\n\r\nwords\r\n"
TEXT = MessageWish(TextWish("*"))
SEEN = MessageWish(marks_seen=True)
ENVELOPE = b'ENVELOPE (NIL "hello" NIL NIL NIL NIL NIL NIL NIL NIL)'


def soon() -> TimeAllowed:
    return TimeAllowed.after(20.0)


async def number_of(visits: MailVisits) -> int:
    async with visits.folder("a", "INBOX", soon()) as folder:
        return folder.number


@pytest.fixture
async def id_(visits: MailVisits, mail: FakeImapServer) -> str:
    mail.append("u1", LETTER)
    return message_id(await number_of(visits), 1)


async def test_a_message_with_headers_and_without_text(visits: MailVisits, mail: FakeImapServer, id_: str) -> None:
    shown = await Messages(visits).read("a", id_, MessageWish(), soon())
    assert shown["subject"] == "hello"
    assert shown["headers"] == {"from": ["a@example.com"], "subject": ["hello"], "x-own": ["one", "two"]}
    assert shown["specialUse"] == "\\Inbox"
    assert set(shown["text"]) == {"id", "encodedSize"}
    assert mail.mailbox("u1").messages[0].flags == set()


async def test_a_text_by_its_id(visits: MailVisits, id_: str) -> None:
    messages = Messages(visits)
    shown = await messages.read("a", id_, TEXT, soon())
    assert shown["text"]["plain"] == "words\n"
    assert await messages.text("a", shown["text"]["id"], TextWish("*"), soon()) == {
        "plain": "words\n",
        "hasMore": False,
    }


async def test_a_message_by_its_stable_id(visits: MailVisits, mail: FakeImapServer) -> None:
    mail.append("u1", letter("one"))
    await index_folders(visits.db, mail, "u1", "INBOX")
    by_place = await Messages(visits).read("a", message_id(await number_of(visits), 1), TEXT, soon())
    assert await Messages(visits).read("a", by_place["stableId"], TEXT, soon()) == by_place


async def test_parts_that_the_message_has_not(visits: MailVisits, id_: str) -> None:
    number = await number_of(visits)
    with pytest.raises(PartNotFound):
        await Messages(visits).text("a", text_id(number, 1, ["1", "7"]), TextWish("*"), soon())
    with pytest.raises(MessageNotFound):
        await Messages(visits).text("a", text_id(number, 2, ["1"]), TextWish("*"), soon())
    with pytest.raises(MessageNotFound):
        await Messages(visits).read("a", message_id(number, 2), TEXT, soon())
    assert await Messages(visits).text("a", text_id(number, 1, []), TextWish("*"), soon()) == {"hasMore": False}


async def test_ids_that_are_none(visits: MailVisits, id_: str) -> None:
    for wrong in (id_, "x", id_ + "A"):
        with pytest.raises(InvalidId):
            await Messages(visits).text("a", wrong, TextWish("*"), soon())
    with pytest.raises(InvalidId):
        await Messages(visits).read("a", "no id", TEXT, soon())


@pytest.mark.parametrize(
    "told",
    [
        (),
        (b"* 1 FETCH (UID 1)",),
        (b"* 1 FETCH (UID 1 FLAGS () BODY[HEADER]<0> {2}\r\n\r\n)",),
        (b"* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 90 " + ENVELOPE + b")",),
        (b"* 1 FETCH (UID 1 FLAGS () RFC822.SIZE 90 " + ENVELOPE + b" BODY[HEADER]<0> NIL)",),
    ],
)
async def test_what_the_server_leaves_out_is_an_error(
    visits: MailVisits, mail: FakeImapServer, id_: str, told: tuple[bytes, ...]
) -> None:
    mail.behave_now(says("UID FETCH", *told))
    with pytest.raises(IncompleteAnswer):
        await Messages(visits).read("a", id_, MessageWish(), soon())


async def test_a_text_of_which_the_server_tells_nothing(visits: MailVisits, mail: FakeImapServer, id_: str) -> None:
    mail.behave_now(says("UID FETCH", b"* 1 FETCH (UID 1 RFC822.HEADER NIL)"))
    with pytest.raises(IncompleteAnswer):
        await Messages(visits).text("a", text_id(await number_of(visits), 1, ["1"]), TextWish("*"), soon())


async def test_a_fetch_that_is_refused_is_an_error(visits: MailVisits, mail: FakeImapServer, id_: str) -> None:
    mail.behave_now(answer("UID FETCH", tagged="NO [SERVERBUG] Internal error"))
    with pytest.raises(ServerRefused, match="Internal error"):
        await Messages(visits).read("a", id_, TEXT, soon())


async def test_a_message_without_a_structure_is_read_whole(
    visits: MailVisits, mail: FakeImapServer, id_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_structure(_content: bytes) -> str:
        return "NIL"

    monkeypatch.setattr("tests.fakes.imap.messages._structure", no_structure)
    shown = await Messages(visits).read("a", id_, TEXT, soon())
    assert shown["text"] == {"plain": "words\n", "hasMore": False}


# \Seen


async def test_a_message_is_marked_when_it_was_read(visits: MailVisits, mail: FakeImapServer, id_: str) -> None:
    shown = await Messages(visits).read("a", id_, SEEN, soon())
    assert shown["flags"] == ["\\Seen"]
    assert "unseen" not in shown
    assert mail.mailbox("u1").messages[0].flags == {"\\Seen"}
    again = await Messages(visits).read("a", id_, SEEN, soon())
    assert again["flags"] == ["\\Seen"]


async def test_a_server_that_does_not_repeat_the_flags(visits: MailVisits, mail: FakeImapServer, id_: str) -> None:
    mail.set_flags("u1", 1, ["\\Flagged"])
    mail.behave_now(answer("UID STORE"))
    shown = await Messages(visits).read("a", id_, SEEN, soon())
    assert shown["flags"] == ["\\Flagged", "\\Seen"]


async def test_a_mark_that_is_refused_is_an_error(visits: MailVisits, mail: FakeImapServer, id_: str) -> None:
    mail.behave_now(answer("UID STORE", tagged="NO Read-only"))
    with pytest.raises(ServerRefused):
        await Messages(visits).read("a", id_, SEEN, soon())


async def test_a_message_that_could_not_be_read_is_not_marked(
    visits: MailVisits, mail: FakeImapServer, id_: str
) -> None:
    mail.behave_now(says("UID FETCH"))
    with pytest.raises(IncompleteAnswer):
        await Messages(visits).read("a", id_, SEEN, soon())
    assert mail.mailbox("u1").messages[0].flags == set()
