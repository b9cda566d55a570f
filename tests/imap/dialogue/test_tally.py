"""What a server has sent, counted by what it costs."""

from __future__ import annotations

import pytest

from postroom.imap.dialogue.tally import Tally
from postroom.imap.limits import LimitExceeded
from postroom.imap.parsing.wire import RawResponse


def test_what_commands_collect_is_weighed_until_all_are_answered() -> None:
    tally = Tally(10_000)
    literal = RawResponse(b"* 1 FETCH (BODY[] {6000}\r\n)", (b"x" * 6000,))
    tally.collected(literal)
    tally.all_answered()
    tally.collected(literal)
    with pytest.raises(LimitExceeded, match="more than 10,000 octets in answer to one command"):
        tally.collected(literal)


def test_a_long_response_that_nobody_asked_for_counts_as_several() -> None:
    tally = Tally(0)
    tally.nobody_took(RawResponse(b"* 1 EXISTS"))
    assert tally.unasked == 1
    tally.nobody_took(RawResponse(b"* OK " + b"x" * 6395))
    assert tally.unasked == 102
    tally.nobody_took(RawResponse(b"* 1 FETCH (BODY[] {51200}\r\n)", (b"x" * 51_200,)))
    assert tally.unasked == 203
