"""How the sending of an account stands: paused, held back by its provider, and the result of the last attempt. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = ["USUAL", "LaneState", "LastAttempt", "lane_state"]


@dataclass(frozen=True, slots=True)
class LastAttempt:
    """The result of the last attempt of an account to send. `created` is ISO 8601.

    `response` are the words of the server, or ours when it said nothing; `reply_code` is its code. `code` is one of
    ours, such as EAUTH. `command` is the SMTP command that failed. `advice` says what to do.
    """

    is_ok: bool
    created: str
    response: str
    reply_code: int | None = None
    code: str | None = None
    command: str | None = None
    advice: str | None = None


@dataclass(frozen=True, slots=True)
class LaneState:
    """`is_paused` by a caller. `held_until` is when the account goes on, in milliseconds since 1970 UTC."""

    is_paused: bool = False
    held_until: int | None = None
    held_for: str | None = None
    last: LastAttempt | None = None


USUAL: Final = LaneState()


def lane_state(
    is_paused: bool | None, held_until: int | None, held_for: str | None, last: Mapping[str, object] | None
) -> LaneState:
    """Return the state from its row."""
    return LaneState(bool(is_paused), held_until, held_for, _attempt(last) if last else None)


def _attempt(row: Mapping[str, object]) -> LastAttempt:
    reply_code = row.get("responseCode")
    return LastAttempt(
        is_ok=row.get("status") == "ok",
        created=str(row.get("created") or ""),
        response=str(row.get("response") or ""),
        reply_code=reply_code if isinstance(reply_code, int) else None,
        code=_text(row.get("code")),
        command=_text(row.get("command")),
        advice=_text(row.get("description")),
    )


def _text(value: object) -> str | None:
    return str(value) if value else None
