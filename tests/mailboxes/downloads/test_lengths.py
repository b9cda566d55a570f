"""What is remembered of contents that were counted."""

from __future__ import annotations

from postroom.mailboxes.downloads.lengths import Lengths


def test_a_length_is_remembered() -> None:
    lengths = Lengths()
    assert ("a" in lengths, lengths.of("a")) == (False, None)
    lengths.note("a", 5)
    assert ("a" in lengths, lengths.of("a")) == (True, 5)
    lengths.note("a", None)
    assert ("a" in lengths, lengths.of("a")) == (True, None)


def test_those_used_last_are_kept() -> None:
    lengths = Lengths(2)
    lengths.note("a", 1)
    lengths.note("b", 2)
    assert lengths.of("a") == 1
    lengths.note("c", 3)
    assert ("a" in lengths, "b" in lengths, "c" in lengths) == (True, False, True)
