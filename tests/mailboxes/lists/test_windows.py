"""Which messages are on a page, and which cursors lead on."""

from __future__ import annotations

from postroom.mailboxes.lists.cursor import Beside, Cursor
from postroom.mailboxes.lists.windows import Window, cursors, expected, place_among, window

DOWN = Beside(1, 50, 4)
UP = Beside(1, 50, 5, up=True)


def test_a_page_by_number_counts_from_the_newest() -> None:
    assert window(Cursor(0), 0, 10, 4) == Window(7, 10)
    assert window(Cursor(2), 0, 10, 4) == Window(1, 2)
    assert window(Cursor(3), 0, 10, 4).is_empty


def test_a_page_beside_a_message_begins_there() -> None:
    assert window(Cursor(1, DOWN), 4, 10, 3) == Window(2, 4)
    assert window(Cursor(1, UP), 5, 10, 3) == Window(6, 8)


def test_a_page_above_is_whole_at_the_top() -> None:
    assert window(Cursor(1, UP), 9, 10, 3) == Window(8, 10)


def test_places_among_uids() -> None:
    assert place_among(DOWN, [10, 50, 60]) == 1
    assert place_among(UP, [10, 50, 60]) == 2


def test_a_shifted_number_is_noticed() -> None:
    assert expected(DOWN, 49)
    assert not expected(DOWN, 50)
    assert not expected(DOWN, None)
    assert expected(UP, 50)
    assert not expected(UP, 49)


def test_there_are_no_cursors_beyond_the_ends() -> None:
    assert cursors(Cursor(0), Window(1, 10), 10, DOWN, UP) == (None, None)
    assert cursors(Cursor(1), Window(4, 6), 10, DOWN, UP) == (Cursor(2, DOWN), Cursor(0, UP))
