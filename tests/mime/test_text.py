"""Text out of octets."""

from __future__ import annotations

import base64
import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mime.text import decode_text, decode_transfer


@given(st.binary(max_size=300))
def test_what_is_encoded_well_comes_back(octets: bytes) -> None:
    assert decode_transfer(base64.encodebytes(octets), "Base64") == octets
    assert decode_transfer(binascii.b2a_qp(octets), "quoted-printable") in (octets, octets.replace(b"\r\n", b"\n"))
    assert decode_transfer(octets, "8bit") == decode_transfer(octets, None) == octets


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", "nonsense"]))
def test_nothing_makes_it_fail(octets: bytes, encoding: str) -> None:
    text = decode_text(octets, encoding, "utf-7")
    text.encode("utf-8")
    assert "\0" not in text
    assert "\r" not in text


@pytest.mark.parametrize(
    ("raw", "encoding", "charset", "expected"),
    [
        (b"Gr=C3=BC=C3=9Fe", "quoted-printable", "utf-8", "Grüße"),
        (b"Gr\xfc\xdfe", None, "iso-8859-1", "Grüße"),
        (b"\x80uro", None, "iso-8859-1", "€uro"),
        (b"Gr\xfc\xdfe", None, "utf-8", "Grüße"),
        (b"Gr\xc3\xbc\xc3\x9fe", None, "no-such-charset", "Grüße"),
        (b"Gr\xc3\xbc\xc3\x9fe", None, "us-ascii", "Grüße"),
        (b"Gr\xc3\xbc\xc3", None, "utf-8", "Grü"),
        (b"\xef\xbb\xbfhello", None, "utf-8", "hello"),
        (b"a\r\nb\rc\n", None, None, "a\nb\nc\n"),
        (b"aGVs bG8\r\n=IHlvdQ==", "base64", None, "hello you"),
        (b"aGVsbG", "base64", None, "hell"),
        (b"\xc4\xe3\xba\xc3", None, "gb2312", "你好"),
        (b"+AGEAYg-", None, "utf-7", "ab"),
        (b"\0nul\0", None, "utf-8", "nul"),
    ],
)
def test_texts_as_people_read_them(raw: bytes, encoding: str | None, charset: str | None, expected: str) -> None:
    assert decode_text(raw, encoding, charset) == expected


def test_uuencoded_text() -> None:
    line = binascii.b2a_uu(b"hello")
    assert decode_transfer(b"begin 644 a.txt\n" + line + b"`\nend\n", "x-uuencode") == b"hello"


def test_codecs_that_are_no_charsets_are_not_used() -> None:
    assert decode_text(b"uryyb", None, "rot13") == "uryyb"
    assert decode_text(b"68656c6c6f", None, "hex") == "68656c6c6f"
