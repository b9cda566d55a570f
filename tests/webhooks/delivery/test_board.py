"""What a process keeps in mind: shares of the requests in flight, and what is not stored yet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postroom.webhooks.delivery.board import CALM, CEILING, PRESSING, Board
from postroom.webhooks.endpoints.health import EndpointHealth
from postroom.webhooks.endpoints.targets import fingerprint
from postroom.webhooks.model import EndpointFailure, Release, Result, SendingState, WebhookEndpoint
from postroom.webhooks.retry import DeliveryOutcome, RetryVerdict

DOWN = RetryVerdict(DeliveryOutcome.RETRY, "ECONNREFUSED", reached=False)


def board(limit: int = 8) -> Board:
    return Board(limit, lambda _urgency: None)


def test_one_endpoint_may_use_everything_and_another_still_gets_its_reserve() -> None:
    mine = board(8)
    for lane in range(8):
        assert mine.may_start("slow", 0)
        mine.start(("slow", lane), 0)
    assert not mine.may_start("slow", 0)
    assert mine.excluded(0) == ["slow"]
    assert mine.room() == mine.reserve == 2
    mine.start(("quick", 1), 0)
    assert mine.may_start("quick", 0)
    mine.start(("quick", 2), 0)
    assert not mine.may_start("quick", 0)


def test_there_is_a_ceiling() -> None:
    mine = board(8)
    for number in range(CEILING):
        mine.start((f"slow{number}", 1), 0)
    assert mine.room() == 0


def test_a_paused_endpoint_is_left_out_until_its_probe() -> None:
    mine = board()
    health = mine.health_of_target("global", "a")
    health.reject(1000, DOWN, {"message": "down"}, 0.5)
    mine.look_at("global")
    assert mine.excluded(1001) == ["global"]
    probe = mine.next_probe(1001)
    assert probe is not None
    assert mine.next_probe(probe) is None, "a pause that has ended keeps nothing back"
    assert mine.excluded(probe) == []
    mine.start(("global", 1), 0)
    assert mine.excluded(probe) == ["global"]


def test_another_url_starts_with_a_clean_sheet() -> None:
    mine = board()
    mine.health_of_target("global", "a").reject(1000, DOWN, {"message": "down"}, 0.5)
    assert mine.health_of_target("global", "b").share(1001, 8) == 8
    assert mine.take_unstored().health["global"].paused_until is None


def test_what_could_not_be_stored_is_kept_in_order() -> None:
    mine = board()
    results = [Result(number, "global", 1, SendingState.DELIVERED, 1, 0, 1) for number in range(3)]
    mine.record(results[0])
    mine.health_of_target("global", "a").reject(1000, DOWN, {"message": "down"}, 0.5)
    mine.look_at("global")
    mine.give_back(("global", 1), 5)
    first = mine.take_unstored()
    mine.record(results[1])
    mine.put_back(first)
    mine.record(results[2])
    again = mine.take_unstored()
    assert again.results == results
    assert again.released == [Release("global", 1, 5)]
    assert again.health["global"].failures == 1
    assert mine.take_unstored().health == {}


def test_what_an_operator_switched_on_again_is_tried_again() -> None:
    mine = board()
    endpoint = WebhookEndpoint("wh", "https://example.com", enabled=False, updated_at=1)
    mine.remember({"wh": EndpointHealth(enabled=False), "global": EndpointHealth(enabled=False, target="a")})
    mine.see_directory({"wh": endpoint}, {"global": "a"})
    assert not mine.health("wh").enabled
    assert not mine.health("global").enabled
    mine.see_directory({"wh": replace(endpoint, enabled=True, updated_at=2)}, {})
    assert mine.health("wh").enabled
    assert mine.health("global").enabled


def test_an_endpoint_that_was_changed_has_its_clean_sheet_stored() -> None:
    # What was known before may have reached the database after the change.
    mine = board()
    endpoint = WebhookEndpoint("wh", "https://example.com", updated_at=1)
    failure: EndpointFailure = {"message": "it failed", "code": "HTTP500"}
    mine.remember({"wh": EndpointHealth(failures=3, failing_since=5, paused_until=9, last_error=failure)})
    mine.see_directory({"wh": endpoint}, {})
    assert not mine.take_unstored().health
    mine.see_directory({"wh": replace(endpoint, updated_at=2)}, {})
    assert mine.take_unstored().health["wh"] == EndpointHealth(target=fingerprint("https://example.com"))
    assert not mine.take_unstored().health


def told(limit: int = 8) -> tuple[Board, list[str]]:
    hints: list[str] = []
    return Board(limit, hints.append), hints


def test_what_nobody_waits_for_is_not_pressing() -> None:
    mine, hints = told()
    mine.start(("global", 1), 0, taken_in=0)
    mine.record(Result(1, "global", 1, SendingState.DELIVERED, 1, 0, 1))
    mine.finish(("global", 1), 5)
    assert hints == [CALM, CALM]
    assert mine.has_unstored
    mine.take_unstored()
    assert not mine.has_unstored


@pytest.mark.parametrize("taken_in", [None, 0])
def test_a_lane_that_may_hold_more_is_pressing(taken_in: int | None) -> None:
    mine, hints = told()
    mine.start(("global", 1), 0, taken_in=taken_in)
    mine.rounds = 1
    mine.finish(("global", 1), 5)
    assert hints == [PRESSING]


def test_failures_are_pressing_and_so_is_all_while_lanes_wait_for_room() -> None:
    mine, hints = told()
    mine.record(Result(1, "global", 1, SendingState.PENDING, 1, 1, 1))
    mine.is_pressed = True
    mine.record(Result(2, "global", 2, SendingState.DELIVERED, 1, 0, 1))
    mine.start(("global", 3), 0, taken_in=0)
    mine.finish(("global", 3), 5)
    assert hints == [PRESSING] * 3
