"""Reports in words alone."""

from __future__ import annotations

import pytest

from postroom.mail.reports.prose import read_prose, words_about
from postroom.mail.reports.values import ReportAction

LIST = "The following address(es) failed:\n\n"


def addresses(text: str, head: dict[str, list[bytes]] | None = None) -> list[str]:
    return [each.address for each in read_prose(head or {}, [text])]


def test_a_list_ends_where_the_copy_of_the_message_begins() -> None:
    copy = "------ This is a copy of the message, including all the headers. ------\n\ncarol@c.example\n"
    assert addresses(f"{LIST}  ann@b.example\n    no such user\n  bob@b.example\n\n{copy}") == [
        "ann@b.example",
        "bob@b.example",
    ]


def test_addresses_within_the_reason_are_no_recipients() -> None:
    assert addresses(f"{LIST}ann@b.example:\n  550 mail from me@a.example to ann@b.example, see carol@c.example\n") == [
        "ann@b.example"
    ]
    assert addresses(f"{LIST}ann@b.example's friend\n<bob@b.example>: no\n") == ["bob@b.example"]


def test_each_recipient_has_its_own_reason() -> None:
    ann, bob = read_prose({}, [f"{LIST}ann@b.example\n  550 5.1.1 unknown\nbob@b.example\n  mailbox is full\n"])
    assert (ann.code, ann.status, ann.said, ann.source) == (550, "5.1.1", "550 5.1.1 unknown", "smtp")
    assert (bob.code, bob.status, bob.said, bob.source) == (None, None, "mailbox is full", None)


def test_a_reply_of_several_lines() -> None:
    (ann,) = read_prose({}, [f"{LIST}ann@b.example\n  550-5.7.1 first\n  550 5.7.1 second\n  then more\n"])
    assert ann.said == "550-5.7.1 first 550 5.7.1 second"


def test_an_address_before_it_was_forwarded() -> None:
    (ann,) = read_prose({}, [f"{LIST}ann@b.example\n  (generated from sales@a.example)\n  no\n"])
    assert ann.original == "sales@a.example"


def test_the_field_that_names_the_recipients() -> None:
    head = {"x-failed-recipients": [b"ann@b.example, bob@b.example"]}
    assert addresses("Whatever it was.", head) == ["ann@b.example", "bob@b.example"]
    assert [each.address for each in read_prose(head, [])] == ["ann@b.example", "bob@b.example"]


def test_what_is_tried_again_is_late() -> None:
    (ann,) = read_prose({}, [f"THIS IS A WARNING MESSAGE ONLY.\n{LIST}ann@b.example\n"])
    assert ann.action is ReportAction.DELAYED


@pytest.mark.parametrize(
    "text", ["", "Hello ann@b.example", LIST, f"{LIST}nobody", "Your message was read by ann@b.example", "@" * 1000]
)
def test_texts_that_name_nobody(text: str) -> None:
    assert addresses(text) == []


def test_the_words_about_one_recipient() -> None:
    texts = ["Nothing here", "Sorry.\n<Ann@b.example>: mailbox is full\n"]
    assert words_about("ann@b.example", texts) == "mailbox is full"
    assert words_about("bob@b.example", texts) is None
