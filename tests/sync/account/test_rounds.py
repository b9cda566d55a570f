"""When folders are asked about."""

from __future__ import annotations

from postroom.sync.account.rounds import Rounds


def test_a_folder_is_asked_about_at_first_and_then_by_its_activity() -> None:
    rounds = Rounds(active_interval=60, quiet_interval=900, active_for=3600)
    assert rounds.due(["a", "b"], 0) == ["a", "b"]
    for path in ("a", "b"):
        rounds.asked(path, 0)
    rounds.happened("a", 10)
    assert rounds.next_due(["a", "b"], 10) == 60
    assert rounds.due(["a", "b"], 60) == ["a"]
    assert rounds.due(["a", "b"], 900) == ["a", "b"]


def test_activity_wears_off() -> None:
    rounds = Rounds(active_interval=60, quiet_interval=900, active_for=3600)
    rounds.happened("a", 0)
    rounds.asked("a", 4000)
    assert rounds.due(["a"], 4100) == []
    assert rounds.due(["a"], 4900) == ["a"]
    assert rounds.next_due([], 0) is None


def test_a_folder_of_which_the_server_would_not_tell_is_asked_about_again_and_then_opened() -> None:
    rounds = Rounds(active_interval=60, quiet_interval=900, back_off=(1, 3))
    rounds.asked("a", 0)
    assert not rounds.refused("a")
    assert rounds.unanswered(["a", "b"]) == ["a"]
    assert (rounds.due(["a"], 0.9), rounds.due(["a"], 1), rounds.next_due(["a"], 0)) == ([], ["a"], 1)
    rounds.asked("a", 1)
    assert not rounds.refused("a")
    assert rounds.next_due(["a"], 1) == 4
    rounds.asked("a", 4)
    assert rounds.refused("a")
    # From here on the usual rounds go on.
    assert (rounds.unanswered(["a"]), rounds.next_due(["a"], 4)) == ([], 904)


def test_an_answer_ends_the_asking() -> None:
    rounds = Rounds(active_interval=60, quiet_interval=900, back_off=(1, 3))
    rounds.asked("a", 0)
    rounds.refused("a")
    rounds.answered("a")
    assert (rounds.unanswered(["a"]), rounds.next_due(["a"], 0)) == ([], 900)
