"""Header text from senders who got it wrong."""

from __future__ import annotations

import encodings
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.encoded_words import decode_charset, decode_header, decode_text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        ("Grüße".encode(), "Grüße"),
        (b"Gr\xfc\xdfe", "Grüße"),
        (b"folded\r\n\tline", "folded line"),
        (b"nul\0nul", "nulnul"),
        (b"", ""),
    ],
)
def test_text(raw: bytes, text: str) -> None:
    assert decode_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe_an_alle?=", "Grüße an alle"),
        (b"=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße"),
        (b"=?UTF-8?b?R3LDvMOfZQ?=", "Grüße"),
        (b"Re: =?iso-8859-1?q?Gr=FC=DFe?= an =?utf-8?q?dich?= !", "Re: Grüße an dich !"),
        (b"=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        (b"=?utf-8?q?a?=\r\n =?iso-8859-1?q?=FC?= x", "aü x"),
        (b"=?utf-8?B?8J+Y?= =?utf-8?B?gA==?=", "😀"),
        (b"=?utf-8?q?a=C3?= =?utf-8?q?=BC_b?=", "aü b"),
        (b"=?utf-8*en?q?hi?=", "hi"),
        (b"=?utf-8?B?77u/aGk=?=", "hi"),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?ks_c_5601-1987?B?vsiz5w==?=", "안녕"),
        (b"=?koi8-r?B?8NLJ18XU?=", "Привет"),
        (b"=?windows-1252?Q?=80_5?=", "€ 5"),
        (b"=?iso-8859-1?Q?=80_5?=", "€ 5"),
        (b"=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=", "こんにちは"),
        (b"=?utf-8?q?what??=", "what?"),
        (b"=?utf-8?q?two words?=", "two words"),
        (b"=?unknown?q?Gr=C3=BC?=", "Grü"),
        (b"=?x-none?q?Gr=FC?=", "Grü"),
        (b"=?utf-8?q?=FC?=", "ü"),
        (b"=?utf-8?q?bad =zz escape?=", "bad =zz escape"),
        (b"=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        (b"=?utf-8?q?open", "=?utf-8?q?open"),
        (b"=?utf-8?B?A?=", "=?utf-8?B?A?="),
        (b"a=?utf-8?q?b?=c", "abc"),
        (b"=?=?utf-8?q?x?=", "=?x"),
        (b"=?base64?q?abc?=", "abc"),
        (b"=?utf-8?q?a=00b?=", "ab"),
        (b"=?utf-8?q?x=0D=0ABcc:_y?=", "x Bcc: y"),
        (b"=?utf-7?q?x+2D0-y?=", "x?y"),
        ("=?utf-8?q?ü?=".encode(), "ü"),
        # Octets beyond ASCII where there should be none are in the word's own charset.
        (b"=?iso-8859-1?Q?Sch\xf6ne Gr\xfc\xdfe?=", "Schöne Grüße"),
        (b"=?iso-8859-1?Q?J\xf6rg?= =?iso-8859-1?Q?_M\xfcller?=", "Jörg Müller"),
        (b"=?koi8-u?q?\xf0\xd2\xc9\xd7=A6\xd4?=", "Привіт"),
        (b"=?UTF-8?Q?Sch=C3=B6n\xc3\xa9?= r\xc3\xa9st", "Schöné rést"),
        # A character cut in two, and the same charset by two names.
        (b"=?utf-8?Q?a=E2=82?= =?UTF8?q?=AC?=", "a€"),
        (b"=?utf-8?B?4oI=?=\r\n =?utf-8?Q?=AC?=", "€"),
        (b"=?ISO-2022-JP?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=", "日本"),
        # Labels that programs write.
        (b"=?x-gbk?B?w/fM7A==?=", "明天"),
        (b"=?iso-2022-jp?B?GyRCTEBGfBsoQiAbKEk2RRsoQg==?=", "明日 ｶﾅ"),
        (b"=?unknown-8bit?q?Gr=FC=DFe?=", "Grüße"),
        (b"=?default?q?Gr=C3=BC?=", "Grü"),
        (b"=?UTF-8*EN?Q?caf=C3=A9?=", "café"),
        (b"=?unicode-1-1-utf-7?q?Gr+APwA3w-e?=", "Grüße"),
        (b"=?cp437?q?Gr=81=E1e?=", "Grüße"),
        # Base64 with too few or too many digits, and broken over two lines.
        (b"=?utf-8?B?R3LDvMOfZ?=", "Grüß"),
        (b"=?utf-8?B?R3LD\r\n vMOfZQ==?=", "Grüße"),
        (b"=?utf-8?Q?two\r\n lines?=", "two lines"),
        (b"(=?utf-8?B?R3LDvMOfZQ==?=)", "(Grüße)"),
        (b'"=?utf-8?B?R3LDvMOfZQ==?="', '"Grüße"'),
        # No encoded word at all.
        (b"Gr\xfc\xdfe \x80", "Grüße €"),
        ("Grüße aus Köln, ein Rösti".encode() + b" caf\xe9", "Grüße aus Köln, ein Rösti caf\ufffd"),
        (b"\x1b$BF|K\\\x1b(B", "日本"),
    ],
)
def test_encoded_words(raw: bytes, text: str) -> None:
    assert decode_header(raw) == text


@given(st.binary(max_size=80) | st.text("=?bBqQ utf-8*_'\"\r\n", max_size=80).map(str.encode))
def test_any_octets_are_text_that_can_be_stored(raw: bytes) -> None:
    for text in (decode_text(raw), decode_header(raw), decode_charset(raw, "utf-7")):
        assert "\0" not in text
        text.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_words_come_back_however_they_are_cut(text: str) -> None:
    octets = text.encode()
    words = (
        b"=?utf-8?Q?" + b"".join(b"=%02X" % octet for octet in octets[at : at + 5]) + b"?="
        for at in range(0, len(octets), 5)
    )
    # A mark of the byte order at the beginning says how to read the text, and is no part of it.
    assert decode_header(b" ".join(words)) == text.removeprefix("\ufeff")


@pytest.mark.parametrize(
    "charset", ["hex", "base64", "rot13", "zlib", "idna", "punycode", "unicode_escape", "undefined"]
)
def test_pythons_own_codecs_are_no_charsets(charset: str) -> None:
    assert decode_charset(b"\\x41=zz", charset) == "\\x41=zz"


def test_unknown_charsets_leave_nothing_behind() -> None:
    decode_charset(b"x", "charset")
    before = len(encodings._cache)
    for number in range(50):
        decode_charset(b"x", f"charset-{number}")
    assert len(encodings._cache) == before, "Python remembers every charset name it was ever asked for"


@pytest.mark.parametrize("unit", [b"=?a?q?", b"=?", b"=?a?q?b?", b"=?utf-8?q?a?= ", b"?"])
def test_hostile_headers_cost_linear_time(unit: bytes) -> None:
    def cost(count: int) -> float:
        begun = time.process_time()
        decode_header(unit * count)
        return time.process_time() - begun

    small = max(min(cost(2_000) for _ in range(3)), 0.0005)
    assert min(cost(32_000) for _ in range(2)) < 16 * small * 4
