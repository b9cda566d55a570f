"""What is asked of which kind of server."""

from __future__ import annotations

import pytest

from postroom.imap.capabilities import capability_set
from postroom.imap.responses import FetchData
from postroom.mail.identity.stable_ids import StableId
from postroom.mailboxes.own_ids.keys import message_item, message_key, own_thread, thread_item, thread_key, threads_key

OBJECTS, GMAIL, BOTH = frozenset({"OBJECTID"}), frozenset({"X-GM-EXT-1"}), frozenset({"OBJECTID", "X-GM-EXT-1"})


def test_a_message_is_searched_for_by_the_id_that_its_server_knows() -> None:
    email, gmail = StableId(1, email_id="M1"), StableId(1, gmail="1278455344230334865")
    assert message_key(email, OBJECTS) == b"EMAILID M1"
    assert message_key(gmail, GMAIL) == b"X-GM-MSGID 1278455344230334865"
    assert message_key(gmail, BOTH) == b"X-GM-MSGID 1278455344230334865"
    assert message_key(email, GMAIL) is message_key(gmail, OBJECTS) is None
    assert message_key(StableId(1, 100), BOTH) is None
    assert message_key(StableId(1, gmail=str(2**64)), GMAIL) is None


@pytest.mark.parametrize(
    ("offered", "item"),
    [((), None), (("OBJECTID",), "EMAILID"), (("X-GM-EXT-1",), "X-GM-MSGID"), (("OBJECTID", "X-GM-EXT-1"), "EMAILID")],
)
def test_the_item_of_a_message_follows_the_server(offered: tuple[str, ...], item: str | None) -> None:
    assert message_item(capability_set(set(offered))) == item


@pytest.mark.parametrize(
    ("thread", "capabilities", "key"),
    [
        ("T1", OBJECTS, b"THREADID T1"),
        ("7", OBJECTS, b"THREADID 7"),
        ("7", GMAIL, b"X-GM-THRID 7"),
        ("7", BOTH, b"THREADID 7"),
        ("T1", GMAIL, None),
        ("0", GMAIL, None),
        (str(2**64), GMAIL, None),
        ("7", frozenset(), None),
        ("r.zLkFyPDKfks", BOTH, None),
    ],
)
def test_a_thread(thread: str, capabilities: frozenset[str], key: bytes | None) -> None:
    assert thread_key(thread, capabilities) == key


def test_several_threads_are_one_key() -> None:
    assert threads_key(["1"], GMAIL) == b"X-GM-THRID 1"
    assert threads_key(["T1", "T2", "T3"], OBJECTS) == b"OR THREADID T1 OR THREADID T2 THREADID T3"
    many = threads_key([str(each) for each in range(1, 101)], GMAIL)
    assert many.count(b"OR ") == 99
    assert max(len(each.split()) for each in many.split(b" X-GM-THRID ")) < 10


def test_what_the_server_told() -> None:
    assert thread_item(OBJECTS) == thread_item(BOTH) == "THREADID"
    assert thread_item(GMAIL) == "X-GM-THRID"
    assert own_thread(FetchData(1, thread_id="T1")) == "T1"
    assert own_thread(FetchData(1, gm_thrid=7)) == "7"
    assert own_thread(FetchData(1)) is None
