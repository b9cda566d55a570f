"""Fields that somebody wrote in another charset, in ASCII."""

from __future__ import annotations

import email.policy
from email import message_from_bytes

import pytest

from postroom.mail.composing.whole.ascii_fields import in_ascii
from postroom.mail.composing.whole.header import HeaderField, split_header


def field_of(written: bytes) -> HeaderField:
    (found,), _ = split_header(written)
    return found


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Subject: Grüße aus\r\n dem Süden\r\n", "Grüße aus dem Süden"),
        ("To: Jörg <jo@example.com>, ann@bücher.example\r\n", "Jörg <jo@example.com>, ann@xn--bcher-kva.example"),
        ("Content-Type: text/plain; name=Übersicht.txt\r\n", 'text/plain; name="Übersicht.txt"'),
        ('Content-Disposition: attachment; filename="Ü b.txt"\r\n', 'attachment; filename="Ü b.txt"'),
        ("X-Mine: 日本\r\n", "日本"),
    ],
)
def test_a_field_says_the_same_in_ascii(written: str, text: str) -> None:
    made = in_ascii(field_of(written.encode()))
    assert made.octets.isascii()
    message = message_from_bytes(made.octets + b"\r\n", policy=email.policy.default)
    (value,) = message.values()
    assert str(value) == text
    assert value.defects == ()


def test_another_charset_is_read_too() -> None:
    assert b"R3LDvMOfZQ==" in in_ascii(field_of(b"Subject: Gr\xfc\xdfe\r\n")).octets


def test_a_field_in_ascii_stays() -> None:
    field = field_of(b"Subject:  odd   spaces\r\n\tand folds \r\n")
    assert in_ascii(field) is field


def test_a_local_part_beyond_ascii_stays() -> None:
    assert in_ascii(field_of("To: jö@example.com\r\n".encode())).octets == "To: jö@example.com\r\n".encode()
