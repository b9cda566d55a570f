"""Header lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.mime.headers import read_headers


def test_names_are_folded_and_values_unfolded() -> None:
    block = b"Received: one\r\nRECEIVED: two\r\n\tgoes on\r\nX-Empty:\r\nSubject : odd\r\nno header\r\n\r\nBody: no\r\n"
    assert read_headers(block) == {
        "received": [b"one", b"two\tgoes on"],
        "x-empty": [b""],
        "subject": [b"odd"],
    }


def test_a_cut_block_gives_what_is_there() -> None:
    assert read_headers(b"A: 1\r\nB: 2") == {"a": [b"1"], "b": [b"2"]}


@given(st.binary(max_size=300))
def test_nothing_makes_it_fail(block: bytes) -> None:
    for name, values in read_headers(block).items():
        assert name == name.lower()
        assert all(b"\n" not in value for value in values)


def test_a_header_of_a_megabyte_takes_no_time() -> None:
    block = b"X: " + b"a\r\n " * 300_000 + b"\r\n\r\n"
    assert len(read_headers(block)["x"][0]) > 500_000
