"""Times in words."""

from __future__ import annotations

import pytest

from postroom.web.design.times import clock_time, distance, span

NOW = 1_800_000_000_000


@pytest.mark.parametrize(
    ("ms", "words"),
    [
        (0, "0 ms"),
        (999, "999 ms"),
        (1000, "1 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (3_600_000, "1 h"),
        (86_399_999, "23 h"),
        (12 * 86_400_000, "12 d"),
    ],
)
def test_a_length_of_time(ms: int, words: str) -> None:
    assert span(ms) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW, "just now"),
        (NOW - 999, "just now"),
        (NOW + 999, "just now"),
        (NOW - 180_000, "3 min ago"),
        (NOW + 42_000, "in 42 s"),
        (NOW - 40 * 86_400_000, "2026-12-06"),
        (NOW + 40 * 86_400_000, "2027-02-24"),
    ],
)
def test_how_far_a_time_is(at: int, words: str) -> None:
    assert distance(at, NOW) == words


def test_an_exact_time() -> None:
    assert clock_time(NOW) == "2027-01-15 08:00:00 UTC"
