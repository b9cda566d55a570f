"""Round tops, and times as people say them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.web.charts.scale import round_top, thousands, time_of_day, time_span

HOUR = 3_600_000


@pytest.mark.parametrize(("highest", "top"), [(0, 1), (1, 1), (2, 2), (3, 5), (10, 10), (11, 20), (4300, 5000)])
def test_the_top_is_a_round_number(highest: int, top: int) -> None:
    assert round_top(highest) == top


@given(st.integers(min_value=1, max_value=10**9))
def test_everything_fits_and_fills_two_fifths_at_least(highest: int) -> None:
    assert highest <= round_top(highest) <= max(2.5 * highest, 1)


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (0, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min"),
        (HOUR - 1, "59 min"),
        (HOUR, "1 h"),
        (HOUR + 5 * 60_000, "1 h 5 min"),
        (24 * HOUR, "1 d"),
        (76 * HOUR, "3 d 4 h"),
    ],
)
def test_lengths_of_time(span: int, text: str) -> None:
    assert time_span(span) == text


def test_times_of_day_and_numbers() -> None:
    assert time_of_day(0) == "00:00"
    assert time_of_day((26 * 60 + 7) * 60_000) == "02:07"
    assert thousands(1234567) == "1,234,567"
