"""How much a server has sent in answer to commands, and how much that nobody had asked for. Pure: it knows no time."""

from __future__ import annotations

from postroom.imap.limits import LITERAL_PER_UNASKED, TEXT_PER_UNASKED, LimitExceeded
from postroom.imap.parsing.wire import RawResponse, weight

__all__ = ["Tally"]


class Tally:
    """The counts of one session.

    `kept` is what the commands in flight have collected, by weight. `unasked` are the responses that no command had
    asked for, ever, a long one as several.
    """

    __slots__ = ("_most_kept", "kept", "unasked")

    def __init__(self, most_kept: int) -> None:
        self._most_kept = most_kept
        self.kept = 0
        self.unasked = 0

    def collected(self, raw: RawResponse) -> None:
        """A command has taken the response. Raises LimitExceeded when that was too much."""
        self.kept += weight(raw)
        if self.kept > self._most_kept:
            raise LimitExceeded.of("octets in answer to one command", self._most_kept)

    def nobody_took(self, raw: RawResponse) -> None:
        """No command has taken the response."""
        self.unasked += 1 + len(raw.text) // TEXT_PER_UNASKED
        if raw.literals:
            self.unasked += sum(map(len, raw.literals)) // LITERAL_PER_UNASKED

    def all_answered(self) -> None:
        """No command is in flight any more."""
        self.kept = 0
