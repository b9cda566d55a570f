"""The progress of a sync claims no more than is known."""

from __future__ import annotations

from postroom.accounts.known.sync_words import progress_in_words


def test_messages_are_those_of_the_first_reading() -> None:
    said = progress_in_words((1, 12), (1500, 20000))
    assert said == "1 of 12 folders in sync, first reading: 1,500 of 20,000 messages"


def test_nothing_is_said_of_messages_when_none_are_read_for_the_first_time() -> None:
    """So it is over a second connection: `0 of 0 messages in sync` would be wrong."""
    assert progress_in_words((12, 12), (0, 0)) == "12 of 12 folders in sync"
