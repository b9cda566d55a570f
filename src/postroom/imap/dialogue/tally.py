"""Counts what a server has sent: answers to commands, and unsolicited responses. Pure: it knows no time."""

from __future__ import annotations

from postroom.imap.limits import LITERAL_PER_UNASKED, TEXT_PER_UNASKED, LimitExceeded
from postroom.imap.parsing.wire import RawResponse, weight

__all__ = ["Tally"]


class Tally:
    """The counts of one session.

    `kept` is the weight of what the commands in flight have collected. `unasked` is the number of unsolicited responses
    of the whole session; a long one counts as several.
    """

    __slots__ = ("_most_kept", "kept", "unasked")

    def __init__(self, most_kept: int) -> None:
        self._most_kept = most_kept
        self.kept = 0
        self.unasked = 0

    def collected(self, raw: RawResponse) -> None:
        """A command took the response. Raises LimitExceeded when that is too much."""
        self.kept += weight(raw)
        if self.kept > self._most_kept:
            raise LimitExceeded.of("octets in answer to one command", self._most_kept)

    def nobody_took(self, raw: RawResponse) -> None:
        """No command took the response, so it is unsolicited."""
        self.unasked += 1 + len(raw.text) // TEXT_PER_UNASKED
        if raw.literals:
            self.unasked += sum(map(len, raw.literals)) // LITERAL_PER_UNASKED

    def all_answered(self) -> None:
        """No command is in flight any more, so nothing is kept."""
        self.kept = 0
