"""Flags and labels: one spelling of each, within bounds."""

from __future__ import annotations

import pytest

from postroom.mail.flags import is_sane_flag, normal_flags, normal_labels
from postroom.mail.limits import LONGEST_FLAG, MOST_FLAGS


def test_system_flags_are_told_in_the_letters_of_the_rfc() -> None:
    assert normal_flags(["\\SEEN", "\\answered", "\\dRaFt"]) == {"\\Seen", "\\Answered", "\\Draft"}


def test_recent_says_nothing_of_the_message() -> None:
    assert normal_flags(["\\Recent", "\\RECENT", "\\Flagged"]) == {"\\Flagged"}


def test_of_spellings_in_other_case_there_is_one_and_always_the_same() -> None:
    assert normal_flags(["todo", "TODO", "Todo"]) == normal_flags(["Todo", "todo", "TODO"]) == {"TODO"}


def test_labels_have_case_and_come_in_order_each_once() -> None:
    assert normal_labels(["b", "B", "a", "b"]) == ["B", "a", "b"]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("x" * LONGEST_FLAG, True),
        ("x" * (LONGEST_FLAG + 1), False),
        ("a\0b", False),
        ("a\r\nb", False),
        ("a\x85b", False),
        ("a\u2028b", False),
        ("Grüße", True),
    ],
)
def test_what_can_be_stored_and_shown(flag: str, expected: bool) -> None:
    assert is_sane_flag(flag) is expected
    assert (flag in normal_flags([flag])) is expected
    assert (flag in normal_labels([flag])) is expected


def test_of_too_many_flags_those_of_the_system_stay() -> None:
    kept = normal_flags([*(f"f{number:03d}" for number in range(MOST_FLAGS + 5)), "\\Seen", "\\Deleted"])
    assert len(kept) == MOST_FLAGS
    assert {"\\Seen", "\\Deleted", "f000"} <= kept
    assert f"f{MOST_FLAGS + 4:03d}" not in kept
