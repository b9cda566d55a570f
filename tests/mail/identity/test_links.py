from __future__ import annotations

from postroom.imap.parsing.envelope import Envelope
from postroom.imap.responses import FetchData
from postroom.mail.identity.links import (
    MOST_REFERENCES,
    links_of,
    name_of,
    named_by_server,
    own_name,
    thread_name,
    threaded_by_server,
)


def fetched(header: bytes, **more: object) -> FetchData:
    sections: dict[str, bytes | None] = {"HEADER.FIELDS (MESSAGE-ID IN-REPLY-TO REFERENCES)<0>": header}
    return FetchData(1, uid=1, size=9, sections=sections, **more)  # type: ignore[arg-type]


def test_a_chain_begins_with_the_oldest_and_ends_with_the_message_itself() -> None:
    links = links_of(fetched(b"Message-ID: <c>\r\nReferences: <a>\r\n <b>\r\nIn-Reply-To: <b>\r\n\r\n"))
    assert links.chain == (name_of("<a>"), name_of("<b>"), name_of("<c>"))
    assert (links.name, links.size, links.thread) == (name_of("<c>"), 9, None)


def test_the_envelope_and_the_header_fields_give_the_same() -> None:
    told = FetchData(1, uid=1, size=9, envelope=Envelope(message_id="<c>", in_reply_to="Your mail of today <b>"))
    assert links_of(told) == links_of(fetched(b"Message-ID: c\r\nIn-Reply-To: <b>\r\n\r\n"))


def test_a_message_that_refers_to_itself_is_its_own_parent_no_more() -> None:
    assert links_of(fetched(b"Message-ID: <a>\r\nIn-Reply-To: <a>\r\n\r\n")).chain == (name_of("<a>"),)


def test_thousands_of_references_are_cut_in_the_middle() -> None:
    many = b" ".join(b"<%d>" % number for number in range(1000))
    chain = links_of(fetched(b"Message-ID: <x>\r\nReferences: " + many + b"\r\n\r\n")).chain
    assert len(chain) == MOST_REFERENCES + 1
    assert (chain[0], chain[-2]) == (name_of("<0>"), name_of("<999>"))


def test_a_message_without_any_id_is_linked_with_nothing() -> None:
    assert links_of(fetched(b"Message-ID: <>\r\nSubject: Re: a\r\n\r\n")).is_empty
    assert links_of(FetchData(1, uid=1)).is_empty


def test_the_ids_of_the_server_go_before_the_header() -> None:
    links = links_of(fetched(b"Message-ID: <c>\r\nReferences: <a>\r\n\r\n", email_id="M1", thread_id="T1"))
    assert (links.name, links.thread, links.chain) == (named_by_server("email", "M1"), thread_name("T1"), ())
    assert own_name(FetchData(1, uid=1, gm_msgid=7)) == named_by_server("gmail", "7")
    assert len({name_of("<7>"), named_by_server("gmail", "7"), named_by_server("email", "7"), thread_name("7")}) == 4


def test_no_name_for_no_text() -> None:
    assert (name_of(None), name_of(" "), thread_name(None)) == (None, None, None)


def test_gmail_and_servers_with_object_ids_make_threads_themselves() -> None:
    assert threaded_by_server(frozenset({"OBJECTID"}))
    assert threaded_by_server(frozenset({"X-GM-EXT-1"}))
    assert not threaded_by_server(frozenset({"CONDSTORE"}))
