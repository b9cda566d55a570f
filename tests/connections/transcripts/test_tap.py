"""A tap tells what it is given while it is on, and can be forgotten when no session holds it."""

from __future__ import annotations

import gc
import weakref

from postroom.connections.transcripts.tap import NO_TAP, SpokenLine, Tap
from postroom.words.strangers import Words


def test_no_tap_is_off_and_keeps_nothing() -> None:
    assert not NO_TAP.is_on
    NO_TAP.keep(SpokenLine("a", 1, "imap", "imap-1", "note", Words("hello")))


def test_a_tap_lives_as_long_as_its_sessions() -> None:
    known: weakref.WeakValueDictionary[str, Tap] = weakref.WeakValueDictionary()
    tap = known.setdefault("a", Tap("a"))
    assert known["a"] is tap
    del tap
    gc.collect()
    assert "a" not in known
