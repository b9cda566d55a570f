"""Time as integers and as text."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from postroom.clock import from_iso, iso, iso_of, now_ms


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_769_860_800_000, "2026-01-31T12:00:00.000Z"),
        (1_769_860_800_007, "2026-01-31T12:00:00.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_milliseconds_become_text_and_come_back(ms: int, text: str) -> None:
    assert iso(ms) == text
    assert iso_of(datetime.fromisoformat(text)) == text
    assert from_iso(text) == ms


@pytest.mark.parametrize(
    "text", ["2026-01-31T12:00:00", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00Z", "2026-01-31 12:00:00.000000"]
)
def test_a_time_without_a_zone_is_utc(text: str) -> None:
    assert from_iso(text) == 1_769_860_800_000


@pytest.mark.parametrize("text", ["", "yesterday", "2026-02-30T00:00:00Z"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any ValueError is what callers catch
        from_iso(text)


def test_now_is_between_two_looks_at_the_clock() -> None:
    before = int(time.time() * 1000)
    assert before - 1 <= now_ms() <= int(time.time() * 1000) + 1
