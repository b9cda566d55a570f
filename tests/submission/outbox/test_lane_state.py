"""What is read of a lane: whether it is paused, held back, and what its last attempt found."""

from __future__ import annotations

from postroom.submission.outbox.lane_state import USUAL, LaneState, LastAttempt, lane_state


def test_a_row_without_marks_is_as_usual() -> None:
    assert lane_state(False, None, None, None) == USUAL


def test_the_last_attempt_is_read() -> None:
    row = {
        "status": "error",
        "created": "2026-01-02T03:04:05.000Z",
        "response": "no such user",
        "responseCode": 550,
        "code": None,
        "command": "RCPT TO",
        "description": "Check the address.",
    }
    last = LastAttempt(
        False, "2026-01-02T03:04:05.000Z", "no such user", 550, command="RCPT TO", advice="Check the address."
    )
    assert lane_state(True, 7, "full", row) == LaneState(True, 7, "full", last)


def test_a_row_of_another_version_is_read_as_far_as_it_goes() -> None:
    assert lane_state(False, None, None, {"status": "ok", "more": 1}).last == LastAttempt(True, "", "")
