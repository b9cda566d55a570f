"""Several registrations at a time: each outcome is yielded, and a stop loses none that is under way."""

from __future__ import annotations

import threading

import pytest

from postroom.cli.remote.importing.results import ImportOutcome, OutcomeKind
from postroom.cli.remote.importing.rows import ImportRow
from postroom.cli.remote.importing.running import registered

ROWS = [ImportRow(number, f"a{number}", {}) for number in range(20)]


def done(row: ImportRow) -> ImportOutcome:
    return ImportOutcome(row.line, row.account, OutcomeKind.REGISTERED)


@pytest.mark.parametrize("at_once", [1, 4, 64])
def test_every_row_is_registered_once(at_once: int) -> None:
    found = [outcome.account for outcome in registered(ROWS, done, at_once)]
    assert sorted(found) == sorted(row.account for row in ROWS)


def test_so_many_at_a_time_and_no_more() -> None:
    gate = threading.Barrier(3, timeout=10)

    def together(row: ImportRow) -> ImportOutcome:
        gate.wait()
        return done(row)

    assert len(list(registered(ROWS[:9], together, 3))) == 9


def test_after_an_error_nothing_begins_and_what_is_under_way_is_told() -> None:
    begun: list[int] = []
    failed = threading.Event()

    def register(row: ImportRow) -> ImportOutcome:
        begun.append(row.line)
        if row.line == 1:
            failed.set()
            raise LookupError("stop")
        assert failed.wait(10)
        return done(row)

    told: list[str] = []
    with pytest.raises(LookupError):
        told.extend(outcome.account for outcome in registered(ROWS, register, 2))
    assert "a0" in told or not told
    assert len(begun) <= 4


def test_of_an_error_the_outcomes_before_it_were_told() -> None:
    told: list[str] = []

    def register(row: ImportRow) -> ImportOutcome:
        if row.line == 5:
            raise LookupError("stop")
        return done(row)

    def take() -> None:
        told.extend(outcome.account for outcome in registered(ROWS, register, 1))

    with pytest.raises(LookupError):
        take()
    assert told == ["a0", "a1", "a2", "a3", "a4"]
