"""The texts of whole messages."""

from __future__ import annotations

import encodings
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.mail.mime.message import read_message, read_texts


def test_texts_of_a_message_with_alternatives_and_an_attachment() -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("Grüße\n")
    message.add_alternative("<p>Grüße</p>\n", subtype="html")
    message.add_attachment("attached\n", filename="a.txt")
    assert read_texts(message.as_bytes()) == {"plain": "Grüße\n", "html": "<p>Grüße</p>\n"}


def test_an_enclosed_message_is_not_the_message() -> None:
    inner, outer = EmailMessage(), EmailMessage()
    inner.set_content("inner\n")
    outer.set_content("outer\n")
    outer.add_attachment(inner)
    assert read_texts(outer.as_bytes()) == {"plain": "outer\n"}


@pytest.mark.parametrize(
    "content_type",
    ["text", "text/", "", "garbage", "text plain", "text/plain/x", "TEXT", "; x=y", "text/plain; charset"],
)
def test_a_type_that_is_none_is_plain_text(content_type: str) -> None:
    assert read_texts(f"Content-Type: {content_type}\r\n\r\nwords\r\n".encode()) == {"plain": "words\n"}


def test_the_charset_of_a_type_without_subtype_counts() -> None:
    raw = b"Content-Type: text; charset=koi8-u\r\n\r\n" + "Привіт".encode("koi8_u")
    assert read_texts(raw) == {"plain": "Привіт"}


def test_a_multipart_without_a_boundary_is_plain_text() -> None:
    assert read_texts(b"Content-Type: multipart/mixed\r\n\r\nwords\r\n") == {"plain": "words\n"}


def test_of_a_multipart_without_parts_the_text_around_them_stays() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    assert read_texts(head + b"--b--\r\n") == {"plain": ""}
    assert read_texts(head + b"words\r\n--b--\r\nmore\r\n") == {"plain": "words\nmore\n"}


PARTS = {
    "as it should be": b"preamble\r\n--b\r\nContent-Type: text/plain\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue",
    "line feeds alone": b"--b\nContent-Type: text/plain\n\none\n--b\n\ntwo\n--b--\n",
    "blanks behind a boundary": b"--b \t\r\n\r\none\r\n--b\t\r\n\r\ntwo\r\n--b-- \r\n",
    "no end": b"--b\r\n\r\none\r\n--b\r\n\r\ntwo",
    "longer boundaries": b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b-- \r\n--bb\r\n",
    "no blank line": b"--b\r\none\r\n--b\r\ntwo\r\n--b--",
    "an empty part": b"--b\r\n\r\none\r\n--b\r\n--b\r\n\r\ntwo\r\n--b--",
}


@pytest.mark.parametrize("body", PARTS.values(), ids=PARTS.keys())
def test_parts_stand_between_boundaries(body: bytes) -> None:
    text = read_texts(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body)["plain"]
    assert text.split() == ["one", "two"]
    assert text.startswith("one\n")


def test_an_inner_multipart_ends_with_the_outer_one() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=outer\r\n\r\n--outer\r\n"
        b"Content-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\n\r\none\r\n"
        b"--outer\r\n\r\ntwo\r\n--outer--"
    )
    assert read_texts(raw) == {"plain": "one\ntwo"}


def test_the_parts_of_a_digest_are_messages() -> None:
    raw = b"Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\nSubject: x\r\n\r\nwords\r\n--b--"
    assert read_texts(raw) == {}
    assert read_message(raw).parts[0].type == "message"


def test_more_parts_than_anyone_sends_are_left_out() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 10_000
    assert 1_000 < len(read_message(raw).parts) < 5_000


def test_charsets_of_no_one_are_not_looked_up() -> None:
    assert read_texts(b"Content-Type: text/plain\r\n\r\n\xfc") == {"plain": "ü"}
    before = len(encodings._cache)
    for number in range(50):
        read_texts(f"Content-Type: text/plain; charset=c{number}\r\n\r\n".encode() + b"\xff")
    assert read_texts(b"Content-Type: text/plain; charset=a\0b\r\n\r\n\xfc") == {"plain": "ü"}
    assert len(encodings._cache) == before


def test_octets_come_as_they_were_sent() -> None:
    raw = b"Content-Type: text/plain; charset=koi8-r\r\nContent-Transfer-Encoding: strange\r\n\r\n\xf0\xd2\x80=41"
    assert read_message(raw).raw == b"\xf0\xd2\x80=41"


def test_headers_with_octets_beyond_ascii() -> None:
    raw = b'Content-Type: text/plain; charset=utf-8; name="Gr\xfc\xdfe.txt"\r\nX: \xff\r\n\r\nwords'
    message = read_message(raw)
    assert (message.filename, message.params["charset"], message.raw) == ("Grüße.txt", "utf-8", b"words")


def test_a_message_nested_five_hundred_deep_is_survived() -> None:
    parts = [f"Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n" for depth in range(500)]
    raw = "".join(parts) + "Content-Type: text/plain\r\n\r\ndeep\r\n"
    assert read_texts(raw.encode()) in ({}, {"plain": "deep\n"})


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_nothing_makes_it_fail(raw: bytes) -> None:
    for text in read_texts(b"Content-Type: text/plain; charset=" + raw).values():
        text.encode("utf-8")
