"""Minutes begin where clocks say so."""

from __future__ import annotations

from postroom.clock import iso
from postroom.statistics.window import LONGEST, MINUTE, beginning


def test_a_minute_begins_at_its_first_millisecond() -> None:
    moment = 1_800_000_059_999
    assert [iso(beginning(moment))[17:], beginning(moment) % MINUTE] == ["00.000Z", 0]
    assert beginning(beginning(moment)) == beginning(moment) > beginning(beginning(moment) - 1)
    assert LONGEST * 1000 == 7 * 24 * 60 * MINUTE
