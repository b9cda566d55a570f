"""The phrases of mail systems, as data."""

from __future__ import annotations

import re

import pytest

from postroom.mail.reports.notices import DELAYED_WORDS, NOTICES, Notice, pattern_of


@pytest.mark.parametrize("notice", NOTICES, ids=lambda notice: f"{notice.system}: {notice.phrase[:40]}")
def test_a_phrase_is_a_pattern_that_needs_more_than_blanks(notice: Notice) -> None:
    pattern = pattern_of(notice)
    assert ("address" in pattern.groupindex) == ("@" in notice.phrase)
    assert pattern.search("") is None
    assert pattern.search(" " * 100 + "ann@b.example") is None


def test_white_space_and_apostrophes_of_any_kind() -> None:
    sentence = next(each for each in NOTICES if "wasn't" in each.phrase and "@" in each.phrase)
    for text in (
        "message\nwasn’t  delivered\tto <ann@b.example>",
        "Your message wasn't delivered to **ann@b.example**",
    ):
        found = pattern_of(sentence).search(text)
        assert found is not None
        assert found["address"] == "ann@b.example"


def test_phrases_are_in_lower_case_and_none_is_twice() -> None:
    phrases = [each.phrase for each in NOTICES]
    assert len(set(phrases)) == len(phrases)
    assert [each for each in phrases if re.sub(r"\\.", "", each) != re.sub(r"\\.", "", each).lower()] == []


def test_words_for_what_is_late() -> None:
    assert DELAYED_WORDS.search("Gmail will retry for 46 more hours")
    assert DELAYED_WORDS.search("You do not need to resend your message")
    assert not DELAYED_WORDS.search("This is a permanent error; I've given up")
