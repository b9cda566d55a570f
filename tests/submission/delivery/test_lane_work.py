"""What a process knows of a lane that it works on."""

from __future__ import annotations

import pytest

from postroom.submission.delivery.lane_work import HeldLane, LaneWork
from postroom.submission.delivery.rules.posting import Pause
from postroom.words.strangers import Words

SHORT = Pause(1_000, Words("the connection broke"))
LONG = Pause(300_000, Words("the limit of the provider"))


@pytest.mark.parametrize("pauses", [(SHORT, LONG), (LONG, SHORT), (LONG, None)])
def test_of_several_pauses_the_longest_counts(pauses: tuple[Pause | None, ...]) -> None:
    work = LaneWork(HeldLane(1, "ann", 0), ())
    for each in pauses:
        work.stop(each)
    assert (work.is_over, work.pause) == (True, LONG)
