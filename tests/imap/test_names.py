"""Mailbox names on the wire and for people."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.errors import LocalProtocolError
from postroom.imap.names import decode_mailbox, encode_mailbox, is_inbox, normalise_inbox, split


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("INBOX", b"INBOX"),
        ("Entwürfe", b"Entw&APw-rfe"),
        ("A & B", b"A &- B"),
        ("&", b"&-"),
        ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ("😀", b"&2D3eAA-"),
        ("tab\there", b"tab&AAk-here"),
        ('quote" back\\slash [x]', b'quote" back\\slash [x]'),
        ("Отправленные", b"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"),
    ],
)
def test_names_both_ways(name: str, raw: bytes) -> None:
    assert encode_mailbox(name) == raw
    assert decode_mailbox(raw) == name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"A & B", "A & B"),
        (b"R&D", "R&D"),
        (b"a&b-c", "a&b-c"),
        (b"&!!!-", "&!!!-"),
        (b"&2D0-", "&2D0-"),
        (b"&AAA-", "&AAA-"),
        ("Entwürfe".encode(), "Entwürfe"),
        (b"Entw\xfcrfe", "Entwürfe"),
        (b"a\0b", "ab"),
        (b"", ""),
    ],
)
def test_what_is_no_utf_7_stays_legible(raw: bytes, name: str) -> None:
    assert decode_mailbox(raw) == name


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_every_name_comes_back(name: str) -> None:
    raw = encode_mailbox(name)
    assert raw.isascii()
    assert all(octet >= 32 for octet in raw)
    assert decode_mailbox(raw) == name


@given(st.binary(max_size=60))
def test_any_octets_are_a_name_that_can_be_stored(raw: bytes) -> None:
    name = decode_mailbox(raw)
    assert "\0" not in name
    name.encode("utf-8")


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(LocalProtocolError, match="surrogate"):
        encode_mailbox("x\ud83d")


@pytest.mark.parametrize(
    ("name", "inbox"),
    [("INBOX", True), ("inbox", True), ("InBox", True), ("INBOX/x", False), ("inbox ", False), ("ınbox", False)],
)
def test_inbox_is_known_in_any_case(name: str, inbox: bool) -> None:
    assert is_inbox(name) is inbox
    assert normalise_inbox(name) == ("INBOX" if inbox else name)


@pytest.mark.parametrize(
    ("name", "delimiter", "levels"),
    [
        ("a/b/c", "/", ("a", "b", "c")),
        ("/a//b/", "/", ("a", "b")),
        ("a.b/c", ".", ("a", "b/c")),
        ("a/b", None, ("a/b",)),
        ("a/b", "", ("a/b",)),
        ("", "/", ()),
        ("", None, ()),
    ],
)
def test_names_are_split_into_levels(name: str, delimiter: str | None, levels: tuple[str, ...]) -> None:
    assert split(name, delimiter) == levels
