"""Moments."""

from __future__ import annotations

from postroom.schemas.showing.times import optional_time


def test_no_moment_is_null_and_zero_is_1970() -> None:
    assert optional_time(None) is None
    assert optional_time(0) == "1970-01-01T00:00:00.000Z"
