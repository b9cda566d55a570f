"""Reads the header fields by which a message says how it is to be sent: `X-EE-Send-At`, `X-EE-Delivery-Attempts`. Pure.

Programs that only hand over whole messages use them. No server gets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.clock import from_iso
from postroom.footprint.dataclass import dataclass
from postroom.submission.accepting.problems import InvalidSubmission, SubmissionProblem

__all__ = ["Controls", "read_controls"]

_MOST_ATTEMPTS: Final = 100
_LONGEST_NUMBER: Final = 15


@dataclass(frozen=True, slots=True)
class Controls:
    """When a message is to be sent, in ms since 1970 UTC, and how often it is tried; None where it does not say."""

    send_at: int | None = None
    most_attempts: int | None = None


def read_controls(found: Mapping[str, str], key: str) -> Controls:
    """Read the fields, by what follows `X-EE-` in lower case; `key` is the field of the request that holds them.

    Raises InvalidSubmission.
    """
    moment, attempts = found.get("send-at", "").strip(), found.get("delivery-attempts", "").strip()
    problems = []
    send_at = most = None
    if moment:
        send_at = _moment(moment)
        if send_at is None:
            problems.append(SubmissionProblem(key, "X-EE-Send-At must be a date in ISO 8601 format"))
    if attempts:
        most = int(attempts) if _is_number(attempts) else 0
        if not 1 <= most <= _MOST_ATTEMPTS:
            problems.append(SubmissionProblem(key, f"X-EE-Delivery-Attempts must be from 1 to {_MOST_ATTEMPTS}"))
    if problems:
        raise InvalidSubmission(problems)
    return Controls(send_at, most)


def _moment(text: str) -> int | None:
    if _is_number(text):
        return int(text)
    try:
        return from_iso(text)
    except (ValueError, OverflowError, OSError):
        return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
