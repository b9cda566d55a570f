"""Counts the requests of tokens that have a limit, in windows of time. Each process counts for itself.

The counts are in memory: a request costs no write. A restart begins anew, and with several processes a token has its
limit in each of them. The memory is bounded.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Final

from postroom.access.tokens import RateLimit, Token
from postroom.errors import Transient
from postroom.footprint.dataclass import dataclass

REMEMBERED: Final = 10_000
"""Tokens whose counts are kept. Beyond this number, the one that was silent longest begins anew."""


@dataclass(frozen=True, slots=True)
class RateStanding:
    """How much of its limit a token has used. `reset` is in seconds from now."""

    limit: int
    reset: int
    remaining: int

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of an answer."""
        return {**_headers(self.limit, self.reset), "x-ratelimit-remaining": str(self.remaining)}


class RateLimitExceeded(Transient):
    """The token has made all the requests that it may make now. `ttl` is the seconds until it may go on."""

    code = "RateLimitExceeded"

    def __init__(self, limit: int, ttl: int) -> None:
        super().__init__("Rate limit exceeded", retry_after=ttl)
        self.limit = limit
        self.ttl = ttl

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer."""
        return _headers(self.limit, self.ttl)


@dataclass(slots=True)
class _Window:
    """The requests of a token since `began`, in seconds of the clock."""

    began: float
    count: int = 0


class Rates:
    """The counts of one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def count(self, token: Token) -> RateStanding | None:
        """Count a request of this token; return its standing, None without a limit. Raises RateLimitExceeded."""
        if token.rate_limit is None:
            return None
        limit, now = token.rate_limit, self._clock()
        window = self._window(token.id, limit, now)
        left = max(1, math.ceil(limit.time_window - (now - window.began)))
        if window.count >= limit.max_requests:
            raise RateLimitExceeded(limit.max_requests, left)
        window.count += 1
        return RateStanding(limit.max_requests, left, limit.max_requests - window.count)

    def _window(self, id_: str, limit: RateLimit, now: float) -> _Window:
        window = self._windows.setdefault(id_, _Window(now))
        self._windows.move_to_end(id_)
        if now - window.began >= limit.time_window:
            window.began, window.count = now, 0
        if len(self._windows) > REMEMBERED:
            self._windows.popitem(last=False)
        return window


def _headers(limit: int, reset: int) -> dict[str, str]:
    return {"x-ratelimit-limit": str(limit), "x-ratelimit-reset": str(reset)}
