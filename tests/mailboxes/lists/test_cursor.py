"""Cursors are read as they were written, and nothing else is a cursor."""

from __future__ import annotations

import pytest

from postroom.mailboxes.failures import InvalidCursor
from postroom.mailboxes.lists.cursor import Cursor, PageEdge, read_cursor, write_cursor


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor(),
        Cursor(7),
        Cursor(2, PageEdge(9, 4_000_000_000, 41, up=True)),
        Cursor(1, PageEdge(0, 5, 6, False, 77, 3, 1_700_000_000_000)),
    ],
)
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    assert read_cursor(write_cursor(cursor)) == cursor


@pytest.mark.parametrize("text", ["", "imap_", "imap_e30", "imap_W10", "imap_eyJwYWdlIjotMX0", "imap_eyJwYWdlIjoieCJ9"])
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor) as caught:
        read_cursor(text)
    assert caught.value.code == "InvalidCursorValue"


def test_a_cursor_of_another_backend_is_told_as_such() -> None:
    with pytest.raises(InvalidCursor) as caught:
        read_cursor("outlook_eyJwYWdlIjoxfQ")
    assert caught.value.code == "InvalidCursorType"
