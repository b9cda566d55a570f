"""When flags are read again after a reconnect: small folders one after the other, large ones in windows."""

from __future__ import annotations

from postroom.imap.sets import UidSet
from postroom.sync.folder.flag_readings import PACE, FlagReadings

OLD, MIDDLE, NEW = (UidSet([(first, first + 9)]) for first in (1, 11, 21))


def test_folders_are_visited_one_after_the_other_and_each_once() -> None:
    readings = FlagReadings(100)
    readings.done(7)
    readings.plan([7, 8, 9], 1000)
    assert [readings.next_due(folder) for folder in (7, 8, 9)] == [None, 1000, 1000 + PACE]
    readings.done(8)
    assert readings.next_due(8) is None
    assert readings.has_read(8)
    assert not readings.has_read(9)


def test_a_large_folder_is_read_from_the_newest_messages_to_the_oldest_with_pauses() -> None:
    readings = FlagReadings(10)
    assert readings.is_small(10)
    assert not readings.is_small(11)
    readings.begin(7, [OLD, MIDDLE, NEW], 1000)
    assert readings.next_window(7, 1000) == NEW
    assert readings.next_window(7, 1000) is None
    assert readings.next_due(7) == 1000 + PACE
    told = [readings.next_window(7, 1000 + turn * PACE) for turn in (1, 2, 3)]
    assert told == [MIDDLE, OLD, UidSet()]
    readings.done(7)
    assert (readings.next_due(7), readings.next_window(7, 10**9)) == (None, None)
    assert readings.has_read(7)
    assert not readings.is_under_way(7)


def test_a_folder_that_cannot_be_read_is_not_asked_for_until_its_next_visit() -> None:
    readings = FlagReadings(10)
    readings.begin(7, [OLD], 1000)
    readings.give_up(7)
    assert readings.next_due(7) is None
    assert not readings.has_read(7)
