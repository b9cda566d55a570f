"""ISO 2022 and EUC-JP, as mail programs write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.iso2022 import decode_euc_jp, decode_iso_2022


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (b"\x1b$BL@F|\x1b(B \x1b(I6E\x1b(B", "明日 ｶﾅ"),
        (b"\x1b$@L@F|\x1b(J", "明日"),
        (b"\x1b$B-!-j\x1b(B", "①㈱"),
        (b"\x1b$B|b|q\x1b(B", "髙ⅰ"),
        (b"\x1b$B!A!]\x1b(B", "～－"),
        (b"\x1b(J\\~\x1b(B\\~", "¥‾\\~"),
        (b"\x1b&@\x1b$BL@\x1b(B", "明"),
        (b"\x1b$(D0!\x1b(B", "丂"),
        (b"\x1b$AVPND\x1b(B", "中文"),
        (b"\x1b$(C>H3g\x1b(B", "안녕"),
        (b"\x1b$)C\x0e>H3g\x0f abc \x0e>H\x0f", "안녕 abc 안"),
        (b"\x1b$)A\x0eVPND\x0f", "中文"),
        (b"\x1b.An\x1bNi\x1bNie", "néée"),
        (b"\xb6\xc5 abc", "ｶﾅ abc"),
        (b"\x0e6E\x0f", "ｶﾅ"),
        (b"\x1b$BL@\nF|\x1b(B", "明\n日"),
        (b"\x1b$BL@\x1b(", "明\ufffd"),
        (b"\x1b$BL@F", "明\ufffd"),
        (b"\x1b$Bu!L@\x1b(B", "\ufffd明"),
        (b"\x1b$Z12", "\ufffd12"),
        (b"\xff\xe3", "\ufffd\ufffd"),
        (b"\x1b$)G\x0eDc\x0f ok", "\ufffd ok"),
        (b"", ""),
    ],
)
def test_iso_2022(octets: bytes, text: str) -> None:
    assert decode_iso_2022(octets) == text


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("明日ｶﾅ丂 ok".encode("euc_jp"), "明日ｶﾅ丂 ok"),
        (b"\xad\xa1\xfc\xe2", "①髙"),
        (b"\xcc\xc0\xff\xc6\xfc", "明\ufffd日"),
        (b"\xcc\xc0\xc6 ok", "明\ufffd ok"),
        (b"\x8e", "\ufffd"),
    ],
)
def test_euc_jp(octets: bytes, text: str) -> None:
    assert decode_euc_jp(octets) == text


# Signs that Windows reads as their wide siblings, on purpose: see the Encoding Standard, index jis0208.
WIDER = str.maketrans("〜−‖¢£¬—", "～－∥￠￡￢―")


@pytest.mark.long
@given(st.text(st.characters(codec="iso2022_jp", exclude_categories=["Cc"])))
def test_everything_of_the_standard_librarys_charset(text: str) -> None:
    # The library writes ESC ( J for these two.
    text = text.replace("\\", "").replace("~", "")
    assert decode_iso_2022(text.encode("iso2022_jp")) == text.translate(WIDER)


@pytest.mark.long
@given(st.text(st.characters(codec="euc_jp", exclude_categories=["Cc"], exclude_characters="¥‾")))
def test_everything_of_the_standard_librarys_euc_jp(text: str) -> None:
    assert decode_euc_jp(text.encode("euc_jp")).translate(WIDER) == text.translate(WIDER)


@pytest.mark.long
@given(st.text(st.characters(codec="iso2022_kr", exclude_categories=["Cc"])))
def test_everything_of_iso_2022_kr(text: str) -> None:
    assert decode_iso_2022(text.encode("iso2022_kr")) == text


@given(st.binary(max_size=80))
def test_nothing_makes_it_fail(octets: bytes) -> None:
    decode_iso_2022(octets).encode()
    decode_euc_jp(octets).encode()


def test_a_megabyte_takes_a_moment() -> None:
    for unit in (b"\x1b", b"\x1b$", b"\x0e", b"\xa1", b"\x8f", b"\x1b$BL@\x1b(B", b" " * 50 + b"\x1b"):
        decode_iso_2022(unit * (300_000 // len(unit)))
        decode_euc_jp(unit * (300_000 // len(unit)))
