"""Header text from senders who got it wrong."""

from __future__ import annotations

import encodings
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.encoded_words import decode_charset, decode_header, decode_parameters, decode_text
from postroom.imap.tokens import Value


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
def test_text(raw: bytes, text: str):
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
        ("=?utf-8?q?ü?=".encode(), "=?utf-8?q?ü?="),
    ],
)
def test_encoded_words(raw: bytes, text: str):
    assert decode_header(raw) == text


@given(st.binary(max_size=80) | st.text("=?bBqQ utf-8*_'\"\r\n", max_size=80).map(str.encode))
def test_any_octets_are_text_that_can_be_stored(raw: bytes):
    for text in (decode_text(raw), decode_header(raw), decode_charset(raw, "utf-7")):
        assert "\0" not in text
        text.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_words_come_back_however_they_are_cut(text: str):
    octets = text.encode()
    words = (
        b"=?utf-8?Q?" + b"".join(b"=%02X" % octet for octet in octets[at : at + 5]) + b"?="
        for at in range(0, len(octets), 5)
    )
    assert decode_header(b" ".join(words)) == text


@pytest.mark.parametrize(
    "charset", ["hex", "base64", "rot13", "zlib", "idna", "punycode", "unicode_escape", "undefined"]
)
def test_pythons_own_codecs_are_no_charsets(charset: str):
    assert decode_charset(b"\\x41=zz", charset) == "\\x41=zz"


def test_unknown_charsets_leave_nothing_behind():
    before = len(encodings._cache)
    for number in range(50):
        decode_charset(b"x", f"charset-{number}")
    assert len(encodings._cache) == before, "Python remembers every charset name it was ever asked for"


@pytest.mark.parametrize("unit", [b"=?a?q?", b"=?", b"=?a?q?b?", b"=?utf-8?q?a?= ", b"?"])
def test_hostile_headers_cost_linear_time(unit: bytes):
    def cost(count: int) -> float:
        begun = time.process_time()
        decode_header(unit * count)
        return time.process_time() - begun

    small = max(min(cost(2_000) for _ in range(3)), 0.0005)
    assert min(cost(32_000) for _ in range(2)) < 16 * small * 4


@pytest.mark.parametrize(
    ("values", "params"),
    [
        ([b"CHARSET", b"UTF-8", b"Format", b"flowed"], {"charset": "UTF-8", "format": "flowed"}),
        ([b"name", b"=?utf-8?q?=C3=BC.pdf?="], {"name": "ü.pdf"}),
        ([b"filename*", b"UTF-8''%e2%82%ac%20rates.pdf"], {"filename": "€ rates.pdf"}),
        ([b"filename*", b"iso-8859-1'en'%A3.txt"], {"filename": "£.txt"}),
        ([b"filename*", b"no-quotes.txt"], {"filename": "no-quotes.txt"}),
        ([b"filename", b"plain.txt", b"filename*", b"utf-8''%C3%BC.txt"], {"filename": "ü.txt"}),
        ([b"name*1", b"b.txt", b"name*0", b"a"], {"name": "ab.txt"}),
        ([b"name*0*", b"UTF-8''%e2%82", b"name*1*", b"%ac", b"name*2", b"%41.pdf"], {"name": "€%41.pdf"}),
        ([b"name*0", b"a", b"name*10", b"k", b"name*9", b"j"], {"name": "ajk"}),
        ([b"name*x", b"a", b"charset", b"utf-8"], {"charset": "utf-8"}),
        ([b"name", None, b"x"], {}),
        ([b"name", [b"a"], b"x", b"y"], {"x": "y"}),
        ([b"__proto__", b"x"], {"__proto__": "x"}),
        (None, {}),
        (b"name", {}),
        ([], {}),
    ],
)
def test_parameters(values: Value, params: dict[str, str]):
    assert decode_parameters(values) == params
