"""How far an action has come, in figures for people."""

from __future__ import annotations

import pytest

from postroom.accounts.bulk.model import BulkAction, BulkJob


def job(position: int, total: int) -> BulkJob:
    return BulkJob("j", BulkAction.DELETE, "all", "admin", total, position, 0, False, 0, None)


@pytest.mark.parametrize(
    ("position", "total", "percent"), [(0, 3, 0), (1, 3, 33), (999, 1000, 99), (9_999, 10_000, 99), (3, 3, 100)]
)
def test_it_is_complete_only_when_everything_is_done(position: int, total: int, percent: int) -> None:
    assert job(position, total).percent == percent
    assert job(position, total).left == total - position
