"""The waits between attempts, and the pauses of an account."""

from __future__ import annotations

import pytest

from postroom.submission.delivery.rules.retry import LONGEST_DELAY, LONGEST_PAUSE, delay_after, limit_pause, pause_after

MIDDLE = 0.5


def test_each_wait_is_twice_as_long() -> None:
    assert [delay_after(made, MIDDLE) for made in range(1, 11)] == [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560]


def test_a_wait_varies_by_a_fifth() -> None:
    assert (delay_after(1, 0.0), delay_after(1, 1.0)) == pytest.approx((4.0, 6.0))


@pytest.mark.parametrize("made", [13, 100, 10_000])
def test_no_wait_is_longer_than_the_longest(made: int) -> None:
    assert delay_after(made, MIDDLE) == LONGEST_DELAY


def test_pauses_grow_to_the_longest() -> None:
    assert [pause_after(failures, MIDDLE) for failures in (1, 2, 3, 50)] == [5, 10, 20, LONGEST_PAUSE]


def test_a_pause_is_at_least_as_long_as_the_server_asks() -> None:
    assert pause_after(1, MIDDLE, retry_after=90.0) == 90.0
    assert pause_after(9, MIDDLE, retry_after=1.0) == 600.0


@pytest.mark.parametrize(
    ("words", "enhanced", "wished", "seconds"),
    [
        ("Daily user sending limit exceeded", None, None, 3600.0),
        ("Sending limit exceeded", "5.4.5", None, 3600.0),
        ("too many messages per day", None, None, 3600.0),
        ("rate limit exceeded", None, None, 300.0),
        ("Daily limit", "5.4.5", 120.0, 120.0),
        ("Suggested Backoff Time: 0 milliseconds", None, 0.0, 60.0),
        ("Suggested Backoff Time: 999999999 milliseconds", None, 999999.999, 86400.0),
    ],
)
def test_a_limit_pauses_as_long_as_it_says(
    words: str, enhanced: str | None, wished: float | None, seconds: float
) -> None:
    assert limit_pause(words, enhanced, wished) == seconds
