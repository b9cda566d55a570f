"""From octets to the blocks of a stream."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.client.server_sent import Block, BlockReader

STREAM = (
    ": Postroom 1.0\nid: 41\n\n"
    'id: 42\nevent: messageNew\ndata: {"subject":"Grüße"}\n\n'
    ": keep-alive\nid: 43\n\n"
    "data: a\ndata: b\n\n"
).encode()
BLOCKS = [
    Block("41", "message", ""),
    Block("42", "messageNew", '{"subject":"Grüße"}'),
    Block("43", "message", ""),
    Block(None, "message", "a\nb"),
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=20), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_blocks_are_the_same_however_the_octets_come(cuts: list[int], end: bytes) -> None:
    octets, reader = STREAM.replace(b"\n", end), BlockReader()
    borders = [0, *sorted(cuts), len(octets)]
    found = [block for a, b in pairwise(borders) for block in reader.feed(octets[a:b])]
    # A CR at the very end waits for its LF.
    assert found + reader.feed(b"\n") == BLOCKS


def test_what_is_not_whole_is_not_given_out() -> None:
    reader = BlockReader()
    assert reader.feed(b"id: 7\ndata: {}\n") == []
    assert reader.feed(b"\n") == [Block("7", "message", "{}")]


@pytest.mark.parametrize(
    ("octets", "blocks"),
    [
        (b"\xef\xbb\xbfdata: x\n\n", [Block(None, "message", "x")]),
        (b"data:x\n\n", [Block(None, "message", "x")]),
        (b"data\n\n", [Block(None, "message", "")]),
        (b"id: 1\x002\ndata: x\n\n", [Block(None, "message", "x")]),
        (b"event: e\n\ndata: x\n\n", [Block(None, "message", "x")]),
        (b"retry: 10\nother: y\n\n: only a comment\n\n\n\n", []),
    ],
)
def test_the_format_is_followed(octets: bytes, blocks: list[Block]) -> None:
    assert BlockReader().feed(octets) == blocks


def test_a_large_event_in_many_pieces_is_read_in_one_go() -> None:
    reader, piece = BlockReader(), b"x" * 1000
    reader.feed(b"data: ")
    assert all(reader.feed(piece) == [] for _ in range(10_000))
    (block,) = reader.feed(b"\n\n")
    assert len(block.data) == 10_000_000
