"""Decides whether a failed request is sent again, and after how long. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from postroom.client.errors import ApiError, Conflict, TooMany, Unavailable, Unreachable
from postroom.client.request import Repeat

__all__ = ["NO_RETRIES", "Retries"]

_NOT_BEGUN: Final = frozenset({"TooManyConnections", "TooManyPartialRequests", "TooManyStreams"})
"""Codes of answers that are given before anything is done."""
_NOT_STORED: Final = _NOT_BEGUN | {"StorageUnavailable"}
_IN_FLIGHT: Final = "InFlight"
_SOON: Final = frozenset({"init", "connecting", "syncing"})
"""States of an account that pass within seconds; the others last, so an error is better than a wait."""
_SIGN_IN: Final = "login"
"""Where an attempt may cost the account something: providers count wrong passwords."""
_STEEPEST: Final = 16


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent at most, and how long each wait is, in seconds.

    A wait doubles from `first_wait` up to `longest_wait`. `Retry-After` is honoured; if it asks for more than
    `longest_wait`, the error is raised at once.
    """

    attempts: int = 4
    first_wait: float = 0.5
    longest_wait: float = 30.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("attempts must be 1 or more")

    def wait_after(self, failed: ApiError, repeat: Repeat, attempt: int, chance: float) -> float | None:
        """Return the seconds before the next attempt, None when there is none.

        `attempt` have been made. `chance`, from 0 to 1, spreads the clients that failed together.
        """
        if attempt >= self.attempts or not may_repeat(failed, repeat):
            return None
        if failed.retry_after is not None:
            wait = failed.retry_after * (1 + chance / 10)
            return wait if failed.retry_after <= self.longest_wait else None
        return self.backoff(attempt, chance)

    def backoff(self, attempt: int, chance: float) -> float:
        """Return the wait after so many failures in a row, for a server that names none."""
        wait = self.first_wait * 2.0 ** min(attempt - 1, _STEEPEST)
        return min(wait, self.longest_wait) * (0.5 + chance / 2)


NO_RETRIES: Final = Retries(attempts=1)


def may_repeat(failed: ApiError, repeat: Repeat) -> bool:
    """Say whether a second request can neither do a thing twice nor is useless."""
    twice = repeat in (Repeat.ALWAYS, Repeat.KEYED)
    match failed:
        case Unreachable():
            return twice or not failed.was_begun
        case TooMany():
            return True
        case Unavailable(code=code):
            state = failed.details.get("state")
            if (isinstance(state, str) and state not in _SOON) or failed.details.get("phase") == _SIGN_IN:
                return False
            return twice or code in (_NOT_STORED if repeat is Repeat.UNSTORED else _NOT_BEGUN)
        case Conflict(code=code):
            return repeat is Repeat.KEYED and code == _IN_FLIGHT
    return False
