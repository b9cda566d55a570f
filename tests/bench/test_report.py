"""Figures: how they are scaled, judged and shown."""

from __future__ import annotations

import pytest

from bench.options import POSTGRES, SQLITE, Options
from bench.report import Figure, Report, at_least, at_most, percentile, shown


def report(column: str = SQLITE) -> Report:
    return Report(column, Options(), lambda line: None)


def test_cpu_time_is_judged_as_that_of_the_reference_machine() -> None:
    busy = Figure("k", "what", 8.0, "ms", at_most(6), is_cpu=True, yardstick=54.0)
    assert busy.at_reference == pytest.approx(4.0)
    assert busy.is_met


def test_other_figures_are_judged_as_seen() -> None:
    assert Figure("k", "what", 8.0, "/s", at_least(9)).is_met is False
    assert Figure("k", "what", 8.0, "/s").is_met is None


def test_the_yardstick_belongs_to_the_cpu_time_of_its_part() -> None:
    seen = report()
    with seen.measured():
        seen.cpu("first", "first", 1, "ms")
        seen.add("rate", "rate", 1, "/s")
    with seen.measured():
        seen.cpu("second", "second", 1, "ms")
    first, rate, second = seen.figures
    assert [first.yardstick, second.yardstick] == seen.yardsticks
    assert rate.yardstick is None


def test_figures_of_a_part_that_fails_stay() -> None:
    seen = report()

    def fail() -> None:
        with seen.measured():
            seen.cpu("first", "first", 1, "ms")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert seen.figures[0].yardstick is not None


def test_an_aim_depends_on_the_engine() -> None:
    assert report(SQLITE).at_most(sqlite=6, postgres=8) == at_most(6)
    assert report(POSTGRES).at_most(sqlite=6, postgres=8) == at_most(8)


def test_a_known_figure_is_found_by_its_key() -> None:
    seen = report()
    seen.add("memory", "memory", 91, "MiB")
    assert seen.value("memory") == 91


@pytest.mark.parametrize(
    ("value", "text"), [(2440.4, "2,440"), (100.0, "100"), (12.34, "12.3"), (0.456, "0.46"), (0, "0")]
)
def test_three_digits_are_shown(value: float, text: str) -> None:
    assert shown(value) == text


def test_a_percentile_is_one_of_the_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([3.0, 1.0, 2.0], 99) == 3.0
