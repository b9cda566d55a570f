"""The order of waiting jobs: haste first, patience in small numbers, nobody for ever."""

from __future__ import annotations

from postroom.storage.turns import ALONGSIDE, HASTE_LASTS, WriteTurn, WriteTurns


def filled(*jobs: tuple[str, WriteTurn], limit: int = 100) -> WriteTurns[str]:
    turns: WriteTurns[str] = WriteTurns(limit)
    for name, turn in jobs:
        turns.add(name, turn)
    return turns


def patient(number: int) -> list[tuple[str, WriteTurn]]:
    return [(f"patient-{each}", WriteTurn.PATIENT) for each in range(number)]


def test_haste_goes_first_and_each_kind_keeps_its_order() -> None:
    turns = filled(
        ("p", WriteTurn.PATIENT),
        ("n1", WriteTurn.NORMAL),
        ("a1", WriteTurn.AHEAD),
        ("n2", WriteTurn.NORMAL),
        ("a2", WriteTurn.AHEAD),
    )
    assert turns.take(0.0) == ["a1", "a2", "n1", "n2", "p"]
    assert not turns
    assert turns.take(0.0) == []


def test_the_heartbeat_goes_before_everything() -> None:
    turns = filled(("a", WriteTurn.AHEAD), ("n", WriteTurn.NORMAL), ("v", WriteTurn.VITAL), limit=2)
    assert turns.take(0.0)[:2] == ["v", "a"]


def test_all_that_wait_are_taken_together_while_nobody_is_in_haste() -> None:
    assert len(filled(*patient(50)).take(0.0)) == 50


def test_patient_jobs_get_on_a_few_at_a_time_beside_haste() -> None:
    turns = filled(("a", WriteTurn.AHEAD), *patient(3 * ALONGSIDE))
    assert turns.take(0.0) == ["a", *(f"patient-{each}" for each in range(ALONGSIDE))]
    # Whoever was in haste may be back in a moment.
    assert len(turns.take(HASTE_LASTS / 2)) == ALONGSIDE
    assert len(turns.take(HASTE_LASTS)) == ALONGSIDE
    assert not turns


def test_where_commits_take_long_more_go_along() -> None:
    turns = filled(("a", WriteTurn.AHEAD), *patient(100))
    turns.commit_takes = 0.05
    assert len(turns.take(0.0)) == 51


def test_haste_holds_up_nothing_that_is_not_patient() -> None:
    turns = filled(("a", WriteTurn.AHEAD), *((f"n{each}", WriteTurn.NORMAL) for each in range(50)))
    assert len(turns.take(0.0)) == 51


def test_patient_jobs_get_on_even_when_haste_fills_the_group() -> None:
    turns = filled(*((f"a{each}", WriteTurn.AHEAD) for each in range(20)), *patient(1), limit=10)
    assert turns.take(0.0)[-1] == "patient-0"


def test_a_group_without_haste_is_no_larger_than_the_limit() -> None:
    turns = filled(*((f"n{each}", WriteTurn.NORMAL) for each in range(6)), *patient(20), limit=10)
    assert len(turns.take(0.0)) == 10
    turns.commit_takes = 10.0
    turns.add("a", WriteTurn.AHEAD)
    assert len(turns.take(1.0)) == 10
