"""Header fields by which a message says how it is to be sent."""

from __future__ import annotations

import pytest

from postroom.submission.accepting.controls import Controls, read_controls
from postroom.submission.accepting.problems import InvalidSubmission


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({}, Controls()),
        ({"send-at": "2026-01-02T03:04:05Z"}, Controls(1_767_323_045_000)),
        ({"send-at": " 1767323045000 ", "delivery-attempts": "7"}, Controls(1_767_323_045_000, 7)),
        ({"delivery-attempts": "100"}, Controls(None, 100)),
        ({"gateway": "x", "tracking-enabled": "yes"}, Controls()),
    ],
)
def test_fields_are_read(found: dict[str, str], expected: Controls) -> None:
    assert read_controls(found, "raw") == expected


def test_what_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidSubmission) as failed:
        read_controls({"send-at": "tomorrow", "delivery-attempts": "0"}, "raw")
    assert [each.key for each in failed.value.problems] == ["raw", "raw"]
    for attempts in ("\u0663", "101"):
        with pytest.raises(InvalidSubmission):
            read_controls({"delivery-attempts": attempts}, "raw")
