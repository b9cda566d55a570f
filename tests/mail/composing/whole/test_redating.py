"""A message gets another date, and nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.mail.composing.whole.redating import with_date

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FIELD = b"Date: Fri, 02 Jan 2026 03:04:05 +0000\r\n"
LINES = st.sampled_from(
    [b"A: b\r\n", b"DATE: x\r\n", b"Date : x\r\n", b"Date:\r\n x\r\n\ty\r\n", b"Dates: 1\r\n", b"X: y\n"]
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"A: b\r\nDate: old\r\nC: d\r\n\r\nDate: body\r\n", b"A: b\r\n" + FIELD + b"C: d\r\n\r\nDate: body\r\n"),
        (b"date:\r\n folded\r\n\tlines\r\nC: d\r\n\r\n", FIELD + b"C: d\r\n\r\n"),
        (b"Date: 1\r\nA: b\r\nDATE: 2\r\n\r\n", FIELD + b"A: b\r\n\r\n"),
        (b"A: b\r\n\r\nx", FIELD + b"A: b\r\n\r\nx"),
        (b"Dates: 1\r\nX-Date: 2\r\n\r\n", FIELD + b"Dates: 1\r\nX-Date: 2\r\n\r\n"),
        (b"A: b\n\nDate: body", FIELD + b"A: b\n\nDate: body"),
        (b"\r\nonly a body", FIELD + b"\r\nonly a body"),
        (b"A: b", FIELD + b"A: b\r\n"),
        (b"", FIELD),
    ],
)
def test_the_date_is_replaced(raw: bytes, expected: bytes) -> None:
    assert with_date(raw, MOMENT) == expected


@given(st.lists(LINES), st.binary(max_size=50))
def test_there_is_one_date_and_the_body_is_the_same(lines: list[bytes], body: bytes) -> None:
    changed = with_date(b"".join(lines) + b"\r\n" + body, MOMENT)
    assert changed.endswith(b"\r\n" + body)
    head = changed.removesuffix(b"\r\n" + body)
    assert head.lower().count(b"date: fri") == 1
    assert [name for name, _ in message_from_bytes(head).items() if name.lower() == "date"] == ["Date"]
