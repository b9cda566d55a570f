"""UID FETCH: what is the answer, what is news in between, and that nothing piles up."""

from __future__ import annotations

import pytest

from postroom.imap.commands.fetch import Fetch, FetchNumbered
from postroom.imap.dialogue.events import Completed, Failed, Unsolicited
from postroom.imap.errors import LocalProtocolError
from postroom.imap.responses import ExistsData, ExpungeData, FetchData
from postroom.imap.sets import MAX_NUMBER, UidSet
from tests.imap.conversation import Conversation


def test_news_in_between_are_not_the_answer(conversation: Conversation) -> None:
    conversation.opened().play(
        r"""
        C: a2 UID FETCH 10:12 (UID RFC822.SIZE)
        S: * 1 FETCH (UID 10 RFC822.SIZE 100)
        S: * 3 EXPUNGE
        S: * 1 FETCH (UID 10 FLAGS (\Seen))
        S: * 4 FETCH (UID 99 RFC822.SIZE 7)
        S: * 7 EXISTS
        S: * 2 FETCH (UID 11 RFC822.SIZE 200)
        S: a2 OK done
        """,
        Fetch(UidSet([(10, 12)]), ("UID", "RFC822.SIZE")),
    )
    (fetched,) = conversation.results()
    assert [(each.uid, each.size) for each in fetched.messages] == [(10, 100), (11, 200)]
    assert fetched.vanished is None
    news = [event.response for event in conversation.of(Unsolicited)]
    assert [type(each) for each in news] == [ExpungeData, FetchData, FetchData, ExistsData]
    assert conversation.connection.selected is not None
    assert conversation.connection.selected.exists == 7


def test_flags_alone_are_the_answer_when_they_are_all_that_was_asked(conversation: Conversation) -> None:
    conversation.opened("CONDSTORE").play(
        r"""
        C: a2 UID FETCH 1:* (FLAGS) (CHANGEDSINCE 12345)
        S: * 1 FETCH (UID 4 MODSEQ (65402) FLAGS (\Seen))
        S: * 2 FETCH (FLAGS (\Seen))
        S: a2 OK done
        """,
        Fetch(UidSet([(1, MAX_NUMBER)]), ("FLAGS",), changed_since=12345),
    )
    (fetched,) = conversation.results()
    assert [(each.uid, each.modseq) for each in fetched.messages] == [(4, 65402)]
    assert len(conversation.of(Unsolicited)) == 1


def test_vanished(conversation: Conversation) -> None:
    """RFC 7162 section 3.2.6."""
    conversation.opened("QRESYNC").play(
        r"""
        C: a2 UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)
        S: * VANISHED (EARLIER) 300:310,405,411
        S: * 1 FETCH (UID 404 MODSEQ (65402) FLAGS (\Seen))
        S: a2 OK FETCH completed
        C: a3 UID FETCH 300:500 (FLAGS) (CHANGEDSINCE 12345 VANISHED)
        S: a3 OK nothing
        """,
        Fetch(UidSet([(300, 500)]), ("FLAGS",), changed_since=12345, vanished=True),
        Fetch(UidSet([(300, 500)]), ("FLAGS",), changed_since=12345, vanished=True),
    )
    some, none = conversation.results()
    assert some.vanished == UidSet.from_string("300:310,405,411")
    assert none.vanished == UidSet()
    assert conversation.connection.selected is not None
    assert conversation.connection.selected.exists == 6


def test_a_body_in_a_literal(conversation: Conversation) -> None:
    conversation.opened().play(
        """
        C: a2 UID FETCH 4 (BODY.PEEK[])
        S: * 2 FETCH (UID 4 BODY[] {16}
        Subject: x

        hi)
        S: a2 OK done
        """,
        Fetch(UidSet([(4, 4)]), ("BODY.PEEK[]",)),
    )
    (fetched,) = conversation.results()
    assert fetched.messages[0].sections == {"": b"Subject: x\r\n\r\nhi"}


def test_messages_are_taken_as_they_come(conversation: Conversation) -> None:
    fetch = Fetch(UidSet([(1, 3)]), ("FLAGS",))
    conversation.opened().play("C: a2 UID FETCH 1:3 (FLAGS)\nS: * 1 FETCH (UID 1 FLAGS ())", fetch)
    assert [each.uid for each in fetch.take()] == [1]
    assert fetch.take() == []
    conversation.play("S: * 2 FETCH (UID 2 FLAGS ())\nS: a2 OK done")
    assert [each.uid for each in conversation.results()[0].messages] == [2]


@pytest.mark.parametrize("status", ["NO [THROTTLED] slow down", "BAD what"])
def test_half_an_answer_is_no_result(conversation: Conversation, status: str) -> None:
    conversation.opened().play(
        f"C: a2 UID FETCH 1:3 (FLAGS)\nS: * 1 FETCH (UID 1 FLAGS ())\nS: a2 {status}",
        Fetch(UidSet([(1, 3)]), ("FLAGS",)),
    )
    assert conversation.of(Completed) == []
    assert len(conversation.of(Failed)) == 1


@pytest.mark.parametrize("item", ["FLAGS)\r\na9 LOGOUT", "", "BODY[HEADER.FIELDS (ä)]"])
def test_an_item_cannot_break_out(item: str) -> None:
    with pytest.raises(LocalProtocolError):
        Fetch(UidSet([(1, 1)]), (item,)).encode(frozenset(), frozenset())


def test_no_uids_no_command() -> None:
    with pytest.raises(LocalProtocolError):
        Fetch(UidSet(), ("FLAGS",)).encode(frozenset(), frozenset())


def test_an_answer_nobody_can_read_is_still_the_answer(conversation: Conversation) -> None:
    conversation.opened().play(
        """
        C: a2 UID FETCH 4 (BODYSTRUCTURE)
        S: * 2 FETCH (UID 4 BODYSTRUCTURE "broken")
        S: a2 OK done
        """,
        Fetch(UidSet([(4, 4)]), ("BODYSTRUCTURE",)),
    )
    (message,) = conversation.results()[0].messages
    assert (message.uid, message.body) == (4, None)


@pytest.mark.parametrize(("code", "told"), [("[EXPUNGEISSUED] ", True), ("", False), ("[NOTHING] ", False)])
def test_the_server_says_whether_some_were_gone(conversation: Conversation, code: str, told: bool) -> None:
    conversation.opened().play(
        f"""
        C: a2 UID FETCH 4 (INTERNALDATE)
        S: * 2 FETCH (UID 4 INTERNALDATE "01-Jan-1970 00:00:00 +0000")
        S: a2 OK {code}done
        """,
        Fetch(UidSet([(4, 4)]), ("INTERNALDATE",)),
    )
    assert conversation.results()[0].some_gone is told


@pytest.mark.parametrize(("code", "told"), [("[EXPUNGEISSUED] ", True), ("", False)])
def test_messages_are_fetched_by_number(conversation: Conversation, code: str, told: bool) -> None:
    conversation.opened().play(
        rf"""
        C: a2 FETCH 2:3 (UID RFC822.SIZE)
        S: * 2 FETCH (UID 20 RFC822.SIZE 100)
        S: * 3 FETCH (UID 21 FLAGS (\Seen))
        S: * 4 FETCH (UID 99 RFC822.SIZE 7)
        S: * 3 FETCH (RFC822.SIZE 200 UID 21)
        S: a2 OK {code}done
        """,
        FetchNumbered(UidSet([(2, 3)]), ("UID", "RFC822.SIZE")),
    )
    (fetched,) = conversation.results()
    assert [(each.seq, each.uid, each.size) for each in fetched.messages] == [(2, 20, 100), (3, 21, 200)]
    assert fetched.some_gone is told
    assert len(conversation.of(Unsolicited)) == 2
