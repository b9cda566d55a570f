"""How long each step may take."""

from __future__ import annotations

from postroom.connections.timeouts import Timeouts
from postroom.settings import Settings
from postroom.submission.transmission.times import USUAL_TIMES, SendingTimes


def test_times_follow_the_settings() -> None:
    assert SendingTimes.of(Timeouts.of(Settings())) == USUAL_TIMES
    # RFC 5321 section 4.5.3.2.6: ten minutes after the end of the data.
    assert USUAL_TIMES.answer == 600
    quick = SendingTimes.of(Timeouts.of(Settings(command_timeout=2)))
    assert (quick.command, quick.block, quick.answer, quick.reset) == (2, 6, 20, 2)
