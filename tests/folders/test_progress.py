"""How far the first scan of a folder has come."""

from __future__ import annotations

import pytest

from postroom.folders.progress import FolderProgress


@pytest.mark.parametrize(
    ("uidnext", "scanned", "percent"),
    [(None, None, 0), (1, 0, 100), (101, 0, 0), (101, 50, 50), (101, 100, 99), (101, None, 100)],
)
def test_it_is_complete_only_when_the_scan_says_so(uidnext: int | None, scanned: int | None, percent: int) -> None:
    assert FolderProgress("INBOX", None, 1, uidnext, scanned, None, 0, None).percent == percent
