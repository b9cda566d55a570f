"""Whether a failed request is sent again, and after how long."""

from __future__ import annotations

import pytest

from postroom.client.errors import (
    ApiError,
    Conflict,
    InvalidRequest,
    MailServerFailed,
    NotFound,
    ServerFault,
    TooMany,
    Unavailable,
    Unreachable,
)
from postroom.client.request import Repeat
from postroom.client.retries import NO_RETRIES, Retries, may_repeat

R = "PUT /v1/x"
ALL = set(Repeat)
TWICE = {Repeat.ALWAYS, Repeat.KEYED}


def unavailable(code: str, **details: object) -> Unavailable:
    return Unavailable("Not now", request=R, status=503, code=code, details=details)


@pytest.mark.parametrize(
    ("failed", "repeated"),
    [
        (Unreachable("No connection", request=R, was_begun=False), ALL),
        (Unreachable("It broke", request=R, was_begun=True), TWICE),
        (TooMany("Slow down", request=R, status=429), ALL),
        (unavailable("TooManyConnections"), ALL),
        (unavailable("TooManyStreams"), ALL),
        (unavailable("StorageUnavailable"), {*TWICE, Repeat.UNSTORED}),
        (unavailable("OutcomeUnknown"), TWICE),
        (unavailable(""), TWICE),
        (unavailable("NotYetConnected", state="init"), TWICE),
        (unavailable("AuthenticationFails", state="authenticationError"), set()),
        (unavailable("NoAvailable", state="disconnected"), set()),
        (unavailable("AUTHENTICATIONFAILED", phase="login"), set()),
        (unavailable("ECONNREFUSED", phase="connect"), TWICE),
        (Conflict("Being worked on", request=R, status=409, code="InFlight"), {Repeat.KEYED}),
        (Conflict("Other version", request=R, status=412, code="VersionMismatch"), set()),
        (InvalidRequest("No", request=R, status=400), set()),
        (NotFound("No", request=R, status=404), set()),
        (MailServerFailed("No", request=R, status=504, code="Timeout"), set()),
        (ServerFault("No", request=R, status=500), set()),
    ],
    ids=lambda value: str(value) if isinstance(value, ApiError) else None,
)
def test_what_may_be_sent_again(failed: ApiError, repeated: set[Repeat]) -> None:
    assert {repeat for repeat in Repeat if may_repeat(failed, repeat)} == repeated


def test_a_request_is_sent_as_often_as_allowed() -> None:
    failed, retries = Unreachable("No", request=R, was_begun=False), Retries(attempts=3)
    assert retries.wait_after(failed, Repeat.ALWAYS, 1, 0.0) is not None
    assert retries.wait_after(failed, Repeat.ALWAYS, 2, 0.0) is not None
    assert retries.wait_after(failed, Repeat.ALWAYS, 3, 0.0) is None
    assert NO_RETRIES.wait_after(failed, Repeat.ALWAYS, 1, 0.0) is None
    with pytest.raises(ValueError, match="1 or more"):
        Retries(attempts=0)


def test_waits_grow_within_bounds_and_differ() -> None:
    retries = Retries(first_wait=0.5, longest_wait=30)
    assert [retries.backoff(attempt, 1.0) for attempt in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert retries.backoff(10_000, 1.0) == 30.0
    assert retries.backoff(1, 0.0) == 0.25


def test_the_server_says_how_long_to_wait() -> None:
    retries = Retries(longest_wait=30)

    def wait(seconds: float, chance: float = 0.0) -> float | None:
        failed = TooMany("Slow down", request=R, status=429, retry_after=seconds)
        return retries.wait_after(failed, Repeat.UNRECEIVED, 1, chance)

    assert wait(7) == 7.0
    assert wait(10, chance=1.0) == 11.0
    assert wait(30) == 30.0
    assert wait(31) is None
