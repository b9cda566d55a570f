"""Line ends other than CRLF, wherever the pieces end."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.smtp.envelope import Unsendable
from postroom.smtp.line_ends import LineEnds

PIECES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b".", b""]).map(bytes), max_size=12)


def is_clean(pieces: list[bytes]) -> bool:
    ends = LineEnds()
    try:
        for piece in pieces:
            ends.check(piece)
        ends.end()
    except Unsendable as error:
        return error.code != "EMESSAGE"
    return True


@given(PIECES)
def test_every_lone_end_is_found_and_no_other(pieces: list[bytes]) -> None:
    lone = re.search(rb"(?<!\r)\n|\r(?!\n)", b"".join(pieces))
    assert is_clean(pieces) == (lone is None)


@pytest.mark.parametrize("pieces", [[b"a\n"], [b"a\rb"], [b"a\r", b"b"], [b"a\r"], [b"\r\r\n"], [b"\n"]])
def test_lone_ends(pieces: list[bytes]) -> None:
    assert not is_clean(pieces)
