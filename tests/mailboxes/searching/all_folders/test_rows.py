"""Rows of several folders in one order."""

from __future__ import annotations

from bisect import bisect_left

import pytest

from postroom.mailboxes.searching.all_folders.rows import FoundRow, FoundRows


def test_rows_are_merged_by_date() -> None:
    inbox = [FoundRow(30, 1, 2), FoundRow(10, 1, 1), FoundRow(-5, 1, 9)]
    sent = [FoundRow(20, 2, 1), FoundRow(30, 2, 2)]
    rows, plain = FoundRows([inbox, sent]), sorted(inbox + sent)
    assert list(rows) == plain
    assert (rows[-1], rows[1:3], len(rows)) == (plain[-1], plain[1:3], 5)
    assert bisect_left(rows, FoundRow(30, 1, 2)) == 3
    with pytest.raises(IndexError):
        rows[5]
    assert list(FoundRows()) == []
