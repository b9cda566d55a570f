"""The hosts that need one command at a time."""

from __future__ import annotations

from postroom.submission.transmission.manners import Manners


def test_a_host_is_remembered_and_of_very_many_the_oldest_is_forgotten() -> None:
    manners = Manners()
    manners.takes_in_turn("a")
    assert (manners.is_in_turn("a"), manners.is_in_turn("b")) == (True, False)
    for number in range(1000):
        manners.takes_in_turn(f"host {number}")
    assert (manners.is_in_turn("a"), manners.is_in_turn("host 0")) == (False, True)
