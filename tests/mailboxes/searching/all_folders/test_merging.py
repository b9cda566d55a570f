"""Pages of what was found in several folders."""

from __future__ import annotations

import pytest

from postroom.mailboxes.failures import InvalidCursor
from postroom.mailboxes.lists.cursor import Cursor, PageEdge
from postroom.mailboxes.searching.all_folders.merging import cut
from postroom.mailboxes.searching.all_folders.rows import FoundRow

ROWS = [FoundRow(10, 1, 1), FoundRow(20, 2, 1), FoundRow(30, 1, 2), FoundRow(30, 2, 2), FoundRow(40, 1, 3)]


def test_pages_follow_by_date_while_mail_arrives() -> None:
    first = cut(ROWS, Cursor(), 2)
    assert first.rows == [FoundRow(40, 1, 3), FoundRow(30, 2, 2)]
    assert first.newer is None
    assert first.older is not None
    second = cut([*ROWS, FoundRow(50, 1, 9)], first.older, 2)
    assert second.rows == [FoundRow(30, 1, 2), FoundRow(20, 2, 1)]
    assert second.newer is not None
    assert cut(ROWS, second.newer, 2).rows == first.rows


def test_cursors_tell_when_the_first_page_was_searched_for() -> None:
    first = cut(ROWS, Cursor(), 2, begun=100)
    assert first.older is not None
    second = cut(ROWS, first.older, 2, begun=200)
    assert [each.beside.begun for each in (first.older, second.older, second.newer) if each and each.beside] == [
        100
    ] * 3


def test_a_cursor_of_one_folder_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        cut(ROWS, Cursor(1, PageEdge(1, 2, 3)), 2)
    assert cut([], Cursor(), 2).rows == []
