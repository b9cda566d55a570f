"""How slowly a client may read."""

from __future__ import annotations

import math

import pytest

from postroom.streaming.downloads.slow_readers import SLOWEST, SlowReader


@pytest.mark.parametrize(
    ("seconds", "others_wait", "is_slow"),
    [(119, False, False), (121, False, True), (9, True, False), (11, True, True), (-math.inf, True, False)],
)
def test_a_reader_has_less_time_while_others_wait(seconds: float, others_wait: bool, is_slow: bool) -> None:
    if not is_slow:
        SLOWEST.check(seconds, lambda: others_wait)
        return
    with pytest.raises(SlowReader):
        SLOWEST.check(seconds, lambda: others_wait)


def test_nobody_is_asked_to_give_way_too_early() -> None:
    SLOWEST.check(5, lambda: pytest.fail("asked"))
