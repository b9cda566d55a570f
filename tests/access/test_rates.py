"""How many requests a token may make, decided with a clock that moves only when told to."""

from __future__ import annotations

import pytest

from postroom.access import rates
from postroom.access.rates import RateLimitExceeded, Rates, RateStanding
from postroom.access.tokens import RateLimit, Token


class Clock:
    """A clock that moves only when told to, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def token(id_: str = "a", limit: RateLimit | None = RateLimit(2, 60)) -> Token:  # noqa: B008 - it is frozen
    return Token(id_, "for tests", ("api",), 0, rate_limit=limit)


def refused(counts: Rates, subject: Token) -> RateLimitExceeded:
    with pytest.raises(RateLimitExceeded) as caught:
        counts.count(subject)
    return caught.value


def test_a_token_without_a_limit_has_no_standing() -> None:
    counts = Rates()
    assert [counts.count(token(limit=None)) for _ in range(5)] == [None] * 5


def test_a_window_begins_with_the_first_request_and_ends_after_its_time() -> None:
    clock = Clock()
    counts = Rates(clock)
    assert counts.count(token()) == RateStanding(2, 60, 1)
    clock.now += 59.5
    assert counts.count(token()) == RateStanding(2, 1, 0)
    error = refused(counts, token())
    assert (error.limit, error.ttl, error.retry_after) == (2, 1, 1)
    assert error.headers == {"x-ratelimit-limit": "2", "x-ratelimit-reset": "1"}
    clock.now += 0.5
    standing = counts.count(token())
    assert standing == RateStanding(2, 60, 1)
    assert standing.headers["x-ratelimit-remaining"] == "1"


def test_a_refused_request_does_not_count() -> None:
    clock = Clock()
    counts = Rates(clock)
    for _ in range(2):
        counts.count(token())
    for _ in range(10):
        refused(counts, token())
    clock.now += 60
    assert counts.count(token()) == RateStanding(2, 60, 1)


def test_each_token_has_its_own_count() -> None:
    counts = Rates()
    for each in ("a", "b"):
        for left in (1, 0):
            standing = counts.count(token(each))
            assert standing is not None
            assert standing.remaining == left
        refused(counts, token(each))


def test_the_memory_is_bounded_and_the_busy_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "REMEMBERED", 3)
    counts = Rates()
    for _ in range(2):
        counts.count(token("busy"))
    for name in "abcdefgh":
        counts.count(token(name))
        refused(counts, token("busy"))
    assert counts.count(token("a")) == RateStanding(2, 60, 1)
