"""A message is sealed in pieces, each bound to its place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postroom.submission.accepting.model import Submitted
from postroom.submission.accepting.sealed_rows import PIECE, sealed
from postroom.submission.accepting.submission_store import NewSubmission
from tests.submission.messages import BOX, message

SUBMITTED = Submitted("q1", "<1@example.com>", 5)


async def made(octets: bytes) -> NewSubmission:
    return await sealed(BOX, replace(message(), octets=octets), SUBMITTED, 5, 10)


@pytest.mark.parametrize(
    ("size", "pieces"), [(0, 1), (1, 1), (PIECE, 1), (PIECE + 1, 2), (3 * PIECE, 3), (6 * PIECE + 7, 7)]
)
async def test_the_pieces_are_the_message_again(size: int, pieces: int) -> None:
    octets = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    new = await made(octets)
    assert len(new.pieces) == pieces
    assert new.row["size"] == size
    opened = [BOX.open_octets(piece, f"submission:q1:{place}") for place, piece in enumerate(new.pieces)]
    assert b"".join(opened) == octets
    assert max(map(len, opened)) <= PIECE


async def test_a_message_without_a_proxy_has_no_secrets() -> None:
    new = await made(b"x")
    assert new.row["secrets"] is None
    assert new.row["plan"] == {}
