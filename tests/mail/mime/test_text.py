"""Text parts as people read them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.text import read_text

CYRILLIC = "Привіт, їжак і ґанок - усе гаразд"
META = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head>'


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit", "nonsense"]))
def test_nothing_makes_it_fail(octets: bytes, encoding: str) -> None:
    for charset in ("utf-7", "utf-16", None):
        text = read_text(octets, "plain", encoding, {"charset": charset} if charset else {})
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
        (b"\xef\xbb\xbfhello", None, "utf-8", "hello"),
        (b"a\r\nb\rc\n", None, None, "a\nb\nc\n"),
        (b"aGVs bG8\r\n=IHlvdQ==", "base64", None, "hello you"),
        (b"\xc4\xe3\xba\xc3", None, "gb2312", "你好"),
        (b"+AGEAYg-", None, "utf-7", "ab"),
        (b"\0nul\0", None, "utf-8", "nul"),
        (CYRILLIC.encode("koi8_u"), "8bit", "KOI8-U", CYRILLIC),
        (b"\x1b$BL@F|\x1b(B \x1b(I6E\x1b(B", None, "iso-2022-jp", "明日 ｶﾅ"),
        (b"w/fM7A==\r\n", "base64", "x-gbk", "明天"),
        (b"uryyb", None, "rot13", "uryyb"),
        (b"68656c6c6f", None, "hex", "68656c6c6f"),
    ],
)
def test_texts_as_people_read_them(raw: bytes, encoding: str | None, charset: str | None, expected: str) -> None:
    assert read_text(raw, "plain", encoding, {"charset": charset} if charset else {}) == expected


def test_a_character_cut_in_two_at_the_end_of_a_beginning_is_left_out() -> None:
    assert read_text(b"Gr\xc3\xbc\xc3", "plain", None, {"charset": "utf-8"}, cut=True) == "Grü"
    assert read_text(b"Gr=C3=BC=C3=9", "plain", "quoted-printable", {"charset": "utf-8"}, cut=True) == "Grü"
    raw = base64.b64encode("Grüß".encode())[:-1]
    assert read_text(raw, "plain", "base64", {"charset": "utf-8"}, cut=True) == "Grü"


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, "a \nb\n"),
        ({"format": "fixed"}, "a \nb\n"),
        ({"format": "Flowed"}, "a b\n"),
        ({"format": "flowed", "delsp": "Yes"}, "ab\n"),
        ({"format": "flowed", "delsp": "no"}, "a b\n"),
    ],
)
def test_flowed_text(params: dict[str, str], text: str) -> None:
    assert read_text(b"a \r\nb\r\n", "plain", None, params) == text
    assert read_text(b"a=20\r\nb\r\n", "plain", "quoted-printable", params) == text
    assert read_text(b"a \r\nb\r\n", "html", None, params) == "a \nb\n"


def test_the_charset_that_html_says_of_itself() -> None:
    raw = (META + "<p>Привет</p>").encode("cp1251")
    for params in ({}, {"charset": "us-ascii"}, {"charset": "no-such"}):
        assert read_text(raw, "html", None, params) == META + "<p>Привет</p>"
    koi = (META + "<p>Привет</p>").encode("koi8_r")
    assert read_text(koi, "html", None, {"charset": "koi8-r"}) == META + "<p>Привет</p>"
    assert "Привет" not in read_text(raw, "plain", None, {})
