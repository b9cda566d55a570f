"""Who spent the CPU: the programs that take part, and the rest of the machine."""

from __future__ import annotations

import os

import pytest

from bench.processes import yardstick
from bench.spending import GATEWAY, LOAD, RECEIVER, Spending, Spent, busy_ticks


def test_cores_are_seconds_of_cpu_in_a_second() -> None:
    spent = Spent(10.0, {"gateway": 9.0, LOAD: 6.0}, machine=18.0, working=10.0)
    assert spent.cores == pytest.approx(1.5)
    assert spent.other_cores == pytest.approx(0.3)


def test_growth_ends_where_all_cores_are_busy() -> None:
    spent = Spent(10.0, {GATEWAY: 7.5, LOAD: 2.5}, machine=10.0, working=10.0)
    assert spent.most_growth(GATEWAY, cores=2) == pytest.approx(1.5)


def test_a_program_that_takes_little_gains_nothing() -> None:
    assert Spent(10.0, {GATEWAY: 1.0, LOAD: 9.0}, machine=10.0, working=10.0).most_growth(GATEWAY, cores=2) == 1


def test_other_programs_take_nothing_less_than_nothing() -> None:
    assert Spent(10.0, {LOAD: 6.0}, machine=5.9, working=10.0).other_cores == 0


def test_a_burst_is_over_before_the_wait_for_doubles() -> None:
    spent = Spent(10.0, {"gateway": 9.0, LOAD: 6.0}, machine=18.0, working=10.0).of_messages(7.5, 4.0)
    assert spent.by == {"gateway": 9.0, LOAD: 4.0, RECEIVER: 2.0}
    assert spent.cores == pytest.approx(2.0)
    assert spent.other_cores == pytest.approx(0.3)


def test_waiting_is_not_busy() -> None:
    assert busy_ticks("cpu  10 20 30 4000 5000 6 7 80 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n") == 73


def test_the_load_is_what_this_process_does() -> None:
    spending = Spending.start({"gateway": os.getpid()})
    taken = yardstick()
    spent = spending.spent()
    assert spent.by[LOAD] > taken / 1000
    assert set(spent.by) == {"gateway", LOAD}
