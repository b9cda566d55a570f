"""Turns: many at once, then at a steady rate, and many again after a rest."""

from __future__ import annotations

from postroom.sync.watching.pace import Pace


def test_the_first_turns_are_granted_at_once_and_later_ones_at_the_rate() -> None:
    pace = Pace(burst=3, rate=2.0)
    assert [pace.take(0.0) for _ in range(6)] == [0, 0, 0, 0.5, 1.0, 1.5]


def test_who_waits_for_each_turn_waits_the_same_each_time() -> None:
    pace, now = Pace(burst=1, rate=4.0), 0.0
    waited = []
    for _ in range(5):
        waited.append(pace.take(now))
        now += waited[-1]
    assert waited == [0, 0.25, 0.25, 0.25, 0.25]


def test_a_rest_brings_back_the_turns_but_no_more_than_there_were() -> None:
    pace = Pace(burst=2, rate=1.0)
    assert [pace.take(0.0) for _ in range(3)] == [0, 0, 1]
    assert [pace.take(1000.0) for _ in range(3)] == [0, 0, 1]


def test_more_turns_are_granted_where_there_is_more_to_do() -> None:
    pace = Pace(burst=1, rate=1.0)
    assert [pace.take(0.0, more=2.0) for _ in range(4)] == [0, 0, 0, 1]
