"""What an account has sent, and whether its provider's budget lets it send now. Pure.

Sent messages are counted in short spans: ten seconds for the budget of a minute, an hour for that of a day. A span
counts until all of it is older than the budget, so an account never sends more than its provider allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from postroom.footprint.dataclass import dataclass

__all__ = ["NOTHING_SENT", "SendingBudget", "Spent", "Used"]

_MINUTE: Final = 60_000
_DAY: Final = 86_400_000
_PARTS_OF_MINUTE: Final = 6
_PARTS_OF_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class SendingBudget:
    """How many messages a provider takes of one account; None is no limit."""

    per_minute: int | None = None
    per_day: int | None = None

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to count."""
        return self.per_minute is not None or self.per_day is not None


@dataclass(frozen=True, slots=True)
class Spent:
    """A budget is used up: when it has room again (milliseconds since 1970), and its words for people."""

    until: int
    reason: str


Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Used:
    """What an account has sent: the begin of each span (milliseconds since 1970) and its count, oldest first."""

    minute: Spans = ()
    day: Spans = ()

    @classmethod
    def of_row(cls, row: Mapping[str, Any] | None) -> Used:
        """Read the stored object."""
        return cls(_spans(row.get("minute")), _spans(row.get("day"))) if row else NOTHING_SENT

    def as_row(self) -> dict[str, object]:
        """Return the object as it is stored."""
        return {"minute": [list(each) for each in self.minute], "day": [list(each) for each in self.day]}

    def plus(self, count: int, now: int) -> Used:
        """Return the counts with `count` more messages sent now, without the spans that no longer matter."""
        return Used(
            _plus(self.minute, count, now, _MINUTE, _PARTS_OF_MINUTE), _plus(self.day, count, now, _DAY, _PARTS_OF_DAY)
        )

    def spent(self, budget: SendingBudget, now: int) -> Spent | None:
        """Return None when one more message may be sent now, and otherwise when."""
        waits = [
            _wait(self.minute, budget.per_minute, now, _MINUTE, _PARTS_OF_MINUTE, "minute"),
            _wait(self.day, budget.per_day, now, _DAY, _PARTS_OF_DAY, "day"),
        ]
        return max((each for each in waits if each is not None), key=lambda each: each.until, default=None)


NOTHING_SENT: Final = Used()


def _spans(stored: Any) -> Spans:
    return tuple((int(begin), int(count)) for begin, count in stored or ())


def _plus(spans: Spans, count: int, now: int, length: int, parts: int) -> Spans:
    part = length // parts
    begin = now - now % part
    kept = [each for each in spans if each[0] + part + length > now]
    if kept and kept[-1][0] == begin:
        return (*kept[:-1], (begin, kept[-1][1] + count))
    return (*kept, (begin, count))


def _wait(spans: Spans, limit: int | None, now: int, length: int, parts: int, name: str) -> Spent | None:
    if limit is None:
        return None
    part = length // parts
    counting = [each for each in spans if each[0] + part + length > now]
    over = sum(count for _, count in counting) - max(limit, 1)
    if over < 0:
        return None
    for begin, count in counting:
        over -= count
        if over < 0:
            return Spent(begin + part + length, f"The provider takes {limit} messages of an account a {name}.")
    return None
