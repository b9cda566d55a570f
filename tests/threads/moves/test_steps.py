"""The numbers that are stored for what was told of a move stay what they are."""

from __future__ import annotations

from postroom.threads.moves.steps import MoveTold


def test_stored_numbers_keep_their_meaning() -> None:
    assert {each.name: each.value for each in MoveTold} == {"NOTHING": 0, "LEFT": 1, "CAME": 2, "ALL": 3, "HELD": 4}
