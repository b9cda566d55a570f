from __future__ import annotations

import pytest

from postroom.imap.parsing.envelope import Envelope
from postroom.imap.responses import FetchData
from postroom.mail.identity.links import name_of, named_by_server, thread_name
from postroom.mail.identity.stable_ids import (
    StableId,
    looks_stable,
    read_stable_id,
    read_thread_id,
    stable_id,
    thread_id,
)
from postroom.mail.ids import NotAnId, message_id


def test_what_the_server_calls_a_message_is_its_stable_id() -> None:
    assert stable_id(FetchData(1, email_id="M6d99ac3275bb4e")) == "e.M6d99ac3275bb4e"
    assert stable_id(FetchData(1, gm_msgid=1278455344230334865)) == "g.1278455344230334865"
    read = read_stable_id("g.1278455344230334865")
    assert read == StableId(named_by_server("gmail", read.gmail or ""), gmail="1278455344230334865")
    assert read_stable_id("e.M6").name == named_by_server("email", "M6")


def test_without_that_it_is_the_message_id_with_the_size() -> None:
    made = stable_id(FetchData(1, size=1500, envelope=Envelope(message_id="<1@example.test>")))
    assert made is not None
    assert len(made) == 18
    assert read_stable_id(made) == StableId(name_of("<1@example.test>") or 0, 1500)


def test_a_message_without_message_id_or_size_has_none() -> None:
    assert stable_id(FetchData(1, size=1500, envelope=Envelope())) is None
    assert stable_id(FetchData(1, envelope=Envelope(message_id="<1@example.test>"))) is None


def test_the_id_of_a_place_never_looks_like_a_stable_id() -> None:
    assert not looks_stable(message_id(1, 1))
    assert looks_stable("m.x")


@pytest.mark.parametrize("text", ["m.", "m.AAAA", "e.", "e.a b", "g.01", "g.x", "x.y", "m.zLkFyPDKfksAAAX=", "."])
def test_nonsense_is_no_stable_id(text: str) -> None:
    with pytest.raises(NotAnId):
        read_stable_id(text)


def test_a_thread_of_the_index_and_one_of_the_server() -> None:
    assert read_thread_id(thread_id(-5)) == -5
    assert read_thread_id("T64b478a75b7ea9") == thread_name("T64b478a75b7ea9")


@pytest.mark.parametrize("text", ["", "r.", "r.AAAA", "a b", "é"])
def test_nonsense_is_no_thread(text: str) -> None:
    with pytest.raises(NotAnId):
        read_thread_id(text)
