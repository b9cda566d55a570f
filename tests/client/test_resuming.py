"""Where a stream of events is, and what it does when its connection breaks."""

from __future__ import annotations

import json

import pytest

from postroom.client.errors import (
    ApiError,
    Forbidden,
    Gone,
    TokenRefused,
    TooMany,
    Unavailable,
    UnknownAnswer,
    Unreachable,
)
from postroom.client.operations.events import stream_request
from postroom.client.resuming import Resuming
from postroom.client.retries import Retries
from postroom.client.server_sent import Block

R = "GET /v1/events/stream"
AWAY = Unreachable("No connection", request=R, was_begun=False)


def stream(since: int | None = None, **retries: float) -> Resuming:
    return Resuming(lambda cursor: stream_request(cursor, "ada", ["messageNew"]), since, Retries(**retries))  # type: ignore[arg-type]


def taken(running: Resuming, *blocks: Block) -> list[object]:
    """The numbers of the events that come of these blocks."""
    return [found["seq"] for block in blocks if (found := running.take(block)) is not None]


def event(number: int) -> Block:
    return Block(str(number), "messageNew", json.dumps({"seq": number}))


def test_a_new_connection_begins_after_the_last_event() -> None:
    running = stream()
    assert running.request().headers == ()
    assert taken(running, event(7)) == [7]
    assert running.request().headers == (("Last-Event-ID", "7"),)
    assert running.request().query == (("account", "ada"), ("type", "messageNew"))


def test_a_position_without_an_event_moves_the_stream_too() -> None:
    running = stream()
    assert running.take(Block("41", "message", "")) is None
    assert running.cursor == 41
    assert running.take(Block(None, "message", "")) is None
    assert running.cursor == 41


def test_blocks_that_no_gateway_sends_are_errors_or_nothing() -> None:
    running = stream(since=5)
    assert running.take(Block("9" * 5000, "messageNew", "{}")) is None
    for unreadable in ("{", "[" * 100_000, "[1]"):
        with pytest.raises(UnknownAnswer):
            running.take(Block("6", "messageNew", unreadable))
    assert running.cursor == 5


def test_no_server_keeps_a_stream_away_for_long() -> None:
    busy = Unavailable("Busy", request=R, status=503, code="StorageUnavailable", retry_after=86_400.0)
    assert stream().wait_after(busy, 1.0) == 300.0


def test_an_event_that_came_already_is_left_out() -> None:
    running = stream(since=5)
    assert taken(running, *map(event, (4, 5, 6, 6))) == [6]
    assert running.cursor == 6


def test_an_event_that_cannot_be_read_is_not_passed_over() -> None:
    running = stream(since=5)
    with pytest.raises(UnknownAnswer):
        running.take(Block("6", "messageNew", "{broken"))
    assert running.cursor == 5


@pytest.mark.parametrize("number", ["x", "-1", "٣", ""])
def test_an_id_that_is_no_number_is_no_position(number: str) -> None:
    running = stream(since=5)
    assert running.take(Block(number, "messageNew", "{}")) is None
    assert running.cursor == 5


@pytest.mark.parametrize("kind", [Gone, TokenRefused, Forbidden, UnknownAnswer])
def test_what_does_not_pass_is_raised(kind: type[ApiError]) -> None:
    assert stream().wait_after(kind("No", request=R), 0.0) is None


def test_a_stream_that_never_opened_gives_up_but_one_that_was_open_does_not() -> None:
    new, open_ = stream(attempts=3), stream(attempts=3)
    assert [new.wait_after(AWAY, 1.0) for _ in range(3)] == [0.5, 1.0, None]
    open_.take(event(1))
    assert None not in [open_.wait_after(AWAY, 1.0) for _ in range(100)]


def test_waits_grow_until_something_comes_and_the_server_may_ask_for_more() -> None:
    running = stream(longest_wait=8)
    running.take(event(1))
    assert [running.wait_after(AWAY, 1.0) for _ in range(6)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
    running.take(event(2))
    assert running.wait_after(None, 1.0) == 0.5
    busy = TooMany("All places are taken", request=R, status=429, retry_after=60)
    assert running.wait_after(busy, 1.0) == 60
    away = Unavailable("No database", request=R, status=503, retry_after=1)
    assert running.wait_after(away, 1.0) == 2.0
