"""Decoding piece by piece gives what decoding at once gives."""

from __future__ import annotations

import base64
import binascii
import quopri
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.transfer import decode_transfer
from postroom.mail.streaming.decoders import decoder_of, is_identity

SIZES = st.lists(st.integers(1, 400), min_size=1, max_size=30)


def streamed(raw: bytes, encoding: str | None, sizes: list[int]) -> bytes:
    """Decode in pieces of these sizes, over and over."""
    decoder, at, turn, found = decoder_of(encoding), 0, 0, []
    while at < len(raw):
        size = sizes[turn % len(sizes)]
        found.append(decoder.feed(raw[at : at + size]))
        at, turn = at + size, turn + 1
    return b"".join([*found, decoder.finish()])


def uuencoded(content: bytes) -> bytes:
    lines = [binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45)]
    return b"begin 644 f\n" + b"".join(lines) + b"`\nend\n"


@given(st.binary(max_size=3000), SIZES, st.sampled_from([4, 20, 60, 64, 76, 988]), st.sampled_from([b"\r\n", b"\n"]))
def test_base64(content: bytes, sizes: list[int], width: int, end: bytes) -> None:
    digits = base64.b64encode(content)
    raw = end.join(digits[at : at + width] for at in range(0, len(digits), width)) + end
    assert streamed(raw, "base64", sizes) == content == decode_transfer(raw, "base64")


@given(st.binary(min_size=60, max_size=2000), SIZES)
def test_base64_without_padding_or_in_several_texts(content: bytes, sizes: list[int]) -> None:
    bare = base64.encodebytes(content).replace(b"=", b"")
    assert streamed(bare, "base64", sizes) == content
    twice = base64.encodebytes(content) * 2
    assert streamed(twice, "base64", sizes) == decode_transfer(twice, "base64") == content * 2


@given(st.binary(min_size=58, max_size=2000), SIZES)
def test_base64_for_urls(content: bytes, sizes: list[int]) -> None:
    digits = base64.urlsafe_b64encode(content)
    raw = b"\r\n".join(digits[at : at + 76] for at in range(0, len(digits), 76))
    assert streamed(raw, "BASE64", sizes) == decode_transfer(raw, "base64")


@given(st.binary(min_size=400, max_size=2000), SIZES)
def test_text_around_base64_is_left_out(content: bytes, sizes: list[int]) -> None:
    footer = b"\r\n_______________\r\nUnsubscribe from this list: https://lists.example/u\r\n"
    raw = b"This part was scanned by our server.\r\n\r\n" + base64.encodebytes(content) + footer
    assert decode_transfer(raw, "base64") == content
    assert streamed(raw, "base64", sizes) == content


@given(st.binary(max_size=3000), SIZES)
def test_quoted_printable(content: bytes, sizes: list[int]) -> None:
    raw = quopri.encodestring(content)
    assert streamed(raw, "quoted-printable", sizes) == decode_transfer(raw, "quoted-printable")


@given(st.binary(max_size=2000), SIZES)
def test_damaged_quoted_printable(raw: bytes, sizes: list[int]) -> None:
    assert streamed(raw, "quoted-printable", sizes) == decode_transfer(raw, "quoted-printable")


@given(st.binary(max_size=3000), SIZES)
def test_uuencode(content: bytes, sizes: list[int]) -> None:
    raw = uuencoded(content)
    assert streamed(raw, "x-uuencode", sizes) == content == decode_transfer(raw, "x-uuencode")


@given(st.binary(max_size=500), SIZES, st.sampled_from(["7bit", "8bit", "binary", None, "x-unknown"]))
def test_other_content_passes_through(content: bytes, sizes: list[int], encoding: str | None) -> None:
    assert streamed(content, encoding, sizes) == content
    assert is_identity(encoding)


@pytest.mark.parametrize("size", [1_000, 65_536, 100_001, 131_072])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_large_content(encoding: str, size: int) -> None:
    content = random.Random(1).randbytes(700_000)
    raw = base64.encodebytes(content) if encoding == "base64" else quopri.encodestring(content[:200_000])
    assert streamed(raw, encoding, [size]) == decode_transfer(raw, encoding)
    one_line = raw.replace(b"\n", b"")
    assert streamed(one_line, encoding, [size]) == decode_transfer(one_line, encoding)


def test_text_that_is_no_base64_at_all_stays_as_it_is() -> None:
    raw = b"This is plain text, despite its label.\r\n" * 10
    assert streamed(raw, "base64", [7]) == raw
    long = b"This is plain text, despite its label.\r\n" * 5_000
    assert streamed(long, "base64", [10_000]) == long


@given(st.binary(max_size=2000), SIZES, st.sampled_from(["base64", "quoted-printable", "uuencode"]))
def test_no_octets_make_it_fail(raw: bytes, sizes: list[int], encoding: str) -> None:
    streamed(raw, encoding, sizes)
