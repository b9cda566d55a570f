"""Content transfer encodings, whole and damaged."""

from __future__ import annotations

import base64
import binascii
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.transfer import decode_base64, decode_transfer

TEXT = "Grüße aus Köln, schöne Straße. " * 5
LINES = base64.encodebytes(TEXT.encode())
FOOTER = (
    b"_______________________________________________\r\nList mailing list\r\nList@lists.example.com\r\n"
    b"https://lists.example.com/info\r\n"
)


@given(st.binary(max_size=300))
def test_what_is_encoded_well_comes_back(octets: bytes) -> None:
    assert decode_transfer(base64.encodebytes(octets), "Base64") == octets
    assert decode_transfer(base64.b64encode(octets), "BASE64") == octets
    assert decode_transfer(binascii.b2a_qp(octets, istext=False), "quoted-printable") == octets
    assert decode_transfer(octets, "8bit") == decode_transfer(octets, None) == octets


@pytest.mark.parametrize("word", ["Grüße", "ä", "a \n", "a =\r\n", "==", "long line = "])
def test_a_large_text_in_quoted_printable_is_whole(word: str) -> None:
    octets = (word * (200_000 // len(word))).encode()
    assert decode_transfer(binascii.b2a_qp(octets, quotetabs=True, istext=False), "quoted-printable") == octets
    one_line = b"".join(b"=%02X" % octet for octet in octets)
    assert decode_transfer(one_line, "quoted-printable") == octets


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "x-uuencode", "7bit"]), st.booleans())
def test_nothing_makes_it_fail(octets: bytes, encoding: str, cut: bool) -> None:
    decode_transfer(octets, encoding, cut=cut)


@pytest.mark.parametrize(
    "name", ["base64", "BASE64", ' "base64"', "'base64'", "base64; x=y", "base64 (comment)", "Base64."]
)
def test_names_as_they_are_written(name: str) -> None:
    assert decode_transfer(b"aGk=", name) == b"hi"
    assert decode_transfer(b"=41=", name.lower().replace("base64", "quoted_printable")) == b"A"


@pytest.mark.parametrize(
    ("raw", "octets"),
    [
        (b"Gr=C3=BC=C3=9Fe", "Grüße".encode()),
        (b"Gr=c3=bc=C3=9fe", "Grüße".encode()),
        (b"one line=\r\n only", b"one line only"),
        (b"one line= \r\n only", b"one line only"),
        (b"one line= \t \n only", b"one line only"),
        (b"blanks at the end \t\r\nare none  ", b"blanks at the end\r\nare none"),
        (b"an encoded one=20\r\nstays", b"an encoded one \r\nstays"),
        (b"2=2 and 1=1?", b"2=2 and 1=1?"),
        (b"a = b, x=zz", b"a = b, x=zz"),
        (b"a==20b===41", b"a= b==A"),
        (b"padded==\r\nfor good", b"padded=for good"),
        (b"=\rnot lost\r\nnext", b"not lost\r\nnext"),
        (b"raw \xc3\xbc and =C3=BC", b"raw \xc3\xbc and \xc3\xbc"),
        (b"ends softly=", b"ends softly"),
        (b"?a=1", b"?a=1"),
        (b"half =C", b"half =C"),
        (b"=3D3D", b"=3D"),
        (b"=0D=0A", b"\r\n"),
        (b"", b""),
    ],
)
def test_quoted_printable(raw: bytes, octets: bytes) -> None:
    assert decode_transfer(raw, "quoted-printable") == octets


@pytest.mark.parametrize("length", range(1, 13))
def test_a_beginning_of_quoted_printable_has_no_half_escape(length: int) -> None:
    octets = decode_transfer(b"=C3=BC=C3=9F"[:length], "quoted-printable", cut=True)
    assert octets == "üß".encode()[: length // 3]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"aGVs bG8\r\n=IHlvdQ==", "hello you"),
        (b"aGVsbG", "hell"),
        (b"aGVsbG8", "hello"),
        (b"aGk=aGk=", "hihi"),
        (b"aGk=\r\naGkh\r\naGk=\r\n", "hihi!hi"),
        (b"aGVs!bG8=", "hello"),
        (b"", ""),
        (b"====", ""),
    ],
)
def test_base64(raw: bytes, text: str) -> None:
    assert decode_transfer(raw, "base64").decode() == text


@pytest.mark.parametrize(
    "raw",
    [
        LINES + FOOTER,
        LINES.rstrip() + b"\r\n" + FOOTER,
        LINES + b"\r\n\r\n-- \r\nList mailing list\r\nhttps://lists.example.com/info\r\n",
        LINES + b"Scanned by the gateway of Example Ltd.\r\n",
        b"This message came from outside of Example Ltd!\r\n\r\n" + LINES,
        LINES.replace(b"\n", b"\r\n\r\n"),
        LINES.replace(b"\n", b"\r\n\t"),
        LINES.replace(b"\n", b" !\n", 2),
        LINES.replace(b"+", b"-").replace(b"/", b"_"),
        b"-----\r\n" + LINES + b"-----\r\n",
        b"".join(LINES.split()),
        b"".join(LINES.split()).rstrip(b"="),
        b"".join(LINES.split()) + b"\r\n" + FOOTER,
        LINES[:30] + b"\0*" + LINES[30:],
        LINES[:100] + b"!" + LINES[100:],
        LINES + b"https://click.example.com/u/" + b"Abc123" * 40 + b"?q=1.2\r\n",
    ],
)
def test_base64_with_something_in_it_before_it_or_behind_it(raw: bytes) -> None:
    assert decode_transfer(raw, "base64").decode() == TEXT


def test_words_that_are_labelled_base64_are_words() -> None:
    raw = "Grüße an alle,\r\n\r\nhier ist kein base64.\r\n".encode()
    assert decode_transfer(raw, "base64") == raw


def test_base64_of_which_nothing_says_where_it_ends() -> None:
    body = base64.b64encode("Grüße aus Köln, schöne Straße!\n...".encode())
    assert not body.endswith(b"=")
    assert decode_transfer(body + b"\r\n" + FOOTER, "base64").decode() == "Grüße aus Köln, schöne Straße!\n..."


def test_url_safe_base64() -> None:
    octets = bytes(range(256)) * 3
    assert decode_transfer(base64.urlsafe_b64encode(octets), "base64") == octets
    wrapped = base64.urlsafe_b64encode(octets)
    lines = b"\r\n".join(wrapped[at : at + 76] for at in range(0, len(wrapped), 76))
    assert decode_transfer(lines, "base64") == octets


@given(st.binary(max_size=200))
def test_a_beginning_of_base64_is_a_beginning(octets: bytes) -> None:
    encoded = base64.b64encode(octets)
    for length in range(len(encoded)):
        assert octets.startswith(decode_base64(encoded[:length]))


@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"]), max_size=200))
def test_what_the_standard_library_quotes_comes_back(text: str) -> None:
    assert decode_transfer(quopri.encodestring(text.encode()), "quoted-printable") == text.encode()


def test_uuencoded_text() -> None:
    line = binascii.b2a_uu(b"hello")
    assert decode_transfer(b"begin 644 a.txt\n" + line + b"`\nend\n", "x-uuencode") == b"hello"


@pytest.mark.parametrize("unit", [b" ", b"=", b"=\r", b" \t", b"a ", b"==\n", b"- \r\n", b"a=\r\n", b"aGVs!\n"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_a_megabyte_takes_a_moment(unit: bytes, encoding: str) -> None:
    decode_transfer(unit * (1_000_000 // len(unit)), encoding, cut=True)
