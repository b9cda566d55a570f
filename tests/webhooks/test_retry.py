"""The schedule and the verdicts."""

from __future__ import annotations

import pytest

from postroom.webhooks.retry import (
    LIFETIME,
    LONGEST_PAUSE,
    LONGEST_RETRY_AFTER,
    SCHEDULE,
    Answer,
    DeliveryOutcome,
    delay_after,
    judge,
    parse_retry_after,
    pause_after,
)
from postroom.words.strangers import Words

NOW = 1_800_000_000.0


def test_the_schedule_is_ten_attempts_over_about_75_hours() -> None:
    assert len(SCHEDULE) + 1 == 10
    assert 74 * 3600 < LIFETIME < 77 * 3600
    assert list(SCHEDULE) == sorted(SCHEDULE)


def test_each_failure_has_its_delay_and_the_last_one_has_none() -> None:
    assert [delay_after(failures, 0.5) for failures in range(1, len(SCHEDULE) + 1)] == list(SCHEDULE)
    assert delay_after(len(SCHEDULE) + 1, 0.5) is None


def test_jitter_is_a_fifth_in_all() -> None:
    assert (delay_after(1, 0.0), delay_after(1, 1.0)) == (4.5, 5.5)


def test_pauses_double_up_to_a_limit() -> None:
    assert [pause_after(probes, 0.5) for probes in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pause_after(10**6, 0.5) == LONGEST_PAUSE


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_every_2xx_is_a_success(status: int) -> None:
    assert judge(Answer(status), NOW).outcome is DeliveryOutcome.DELIVERED


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429, 500, 502, 503, 599, 304])
def test_other_answers_are_tried_again(status: int) -> None:
    assert judge(Answer(status), NOW).outcome is DeliveryOutcome.RETRY


def test_gone_disables() -> None:
    assert judge(Answer(410), NOW).outcome is DeliveryOutcome.DISABLE


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_called_one(status: int) -> None:
    verdict = judge(Answer(status), NOW)
    assert (verdict.outcome, verdict.code) == (DeliveryOutcome.RETRY, "EREDIRECTNOTFOLLOWED")


@pytest.mark.parametrize("code", ["EEGRESSBLOCKED", "EINVALIDURL"])
def test_what_can_never_work_is_final(code: str) -> None:
    assert judge(Answer(code=code), NOW).outcome is DeliveryOutcome.DEAD


def test_what_broke_is_tried_again_and_says_how_far_it_got() -> None:
    verdict = judge(Answer(code="ECONNREFUSED", message=Words("No connection"), reached=False), NOW)
    assert (verdict.outcome, verdict.code, verdict.reached) == (DeliveryOutcome.RETRY, "ECONNREFUSED", False)


def test_the_receivers_words_are_in_the_message() -> None:
    assert judge(Answer(500, message=Words("no room")), NOW).message == (
        "The receiver answered 500 Internal Server Error: no room"
    )


@pytest.mark.parametrize(("status", "hold"), [(429, 7.0), (503, 7.0), (500, None), (404, None)])
def test_retry_after_counts_where_it_has_a_meaning(status: int, hold: float | None) -> None:
    assert judge(Answer(status, retry_after="7"), NOW).hold == hold


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999", LONGEST_RETRY_AFTER),
        ("soon", None),
        ("-5", None),
        ("Fri, 15 Jan 2027 08:01:40 GMT", 100.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("Fri, 15 Jan 2027 08:01:40", 100.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_a_date_within_bounds(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds
