"""The texts of whole messages."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.mime.message import read_message, read_texts


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
