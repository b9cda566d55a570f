"""The texts of whole messages."""

from __future__ import annotations

from email.message import EmailMessage

from hypothesis import given, settings
from hypothesis import strategies as st

from postroom.mime.message import read_texts


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


def test_a_message_nested_five_hundred_deep_is_survived() -> None:
    parts = [f"Content-Type: multipart/mixed; boundary=b{depth}\r\n\r\n--b{depth}\r\n" for depth in range(500)]
    raw = "".join(parts) + "Content-Type: text/plain\r\n\r\ndeep\r\n"
    assert read_texts(raw.encode()) in ({}, {"plain": "deep\n"})


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_nothing_makes_it_fail(raw: bytes) -> None:
    for text in read_texts(b"Content-Type: text/plain; charset=" + raw).values():
        text.encode("utf-8")
