"""The strip shows the states of the last day, each from its begin to the next."""

from __future__ import annotations

from itertools import pairwise

from postroom.accounts.lifecycle import State
from postroom.accounts.model import TimelineEntry
from postroom.web.dashboard.accounts.story import WINDOW, segments

NOW = 1_800_000_000_000
HOUR = 3_600_000


def entries(*states: tuple[float, State]) -> list[TimelineEntry]:
    """A timeline of states so many hours ago, oldest first; it is read newest first."""
    made = [TimelineEntry(n, int(NOW - ago * HOUR), state, "", 0, None) for n, (ago, state) in enumerate(states)]
    return made[::-1]


def seen(*states: tuple[float, State]) -> list[tuple[str, str, float, float]]:
    return [
        (each.label, each.tone, (NOW - each.begin) / HOUR, (NOW - each.end) / HOUR)
        for each in segments(entries(*states), NOW)
    ]


def test_each_state_lasts_until_the_next() -> None:
    assert seen((3, State.CONNECTED), (2, State.CONNECT_ERROR), (1, State.CONNECTED)) == [
        ("Connected", "ok", 3, 2),
        ("Cannot connect", "wait", 2, 1),
        ("Connected", "ok", 1, 0),
    ]


def test_the_strip_begins_a_day_ago_with_the_state_of_then() -> None:
    day = WINDOW / HOUR
    assert seen((90, State.INIT), (40, State.CONNECTED), (2, State.AUTHENTICATION_ERROR)) == [
        ("Connected", "ok", day, 2),
        ("Sign-in refused", "bad", 2, 0),
    ]


def test_a_state_that_is_reported_again_is_one_segment() -> None:
    assert seen((3, State.CONNECT_ERROR), (2, State.CONNECT_ERROR), (1, State.CONNECT_ERROR)) == [
        ("Cannot connect", "wait", 3, 0)
    ]


def test_two_states_of_one_moment_are_no_gap() -> None:
    found = seen((2, State.CONNECTING), (2, State.SYNCING), (1, State.CONNECTED))
    assert [each[2:] for each in found] == [(2, 1), (1, 0)]


def test_a_clock_that_went_back_makes_no_segment_that_ends_before_it_begins() -> None:
    found = segments(entries((1, State.CONNECTING), (2, State.SYNCING), (-1, State.CONNECTED)), NOW)
    assert all(each.begin <= each.end for each in found)
    assert all(one.end == other.begin for one, other in pairwise(found))


def test_nothing_is_known() -> None:
    assert segments([], NOW) == []
