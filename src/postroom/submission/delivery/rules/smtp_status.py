"""What the last attempt of an account found: the column `last` of its lane, shown as `smtpStatus`. Pure."""

from __future__ import annotations

from postroom.clock import iso
from postroom.submission.delivery.rules.posting import AttemptResult, Because

__all__ = ["failed_attempt", "last_attempt"]


def last_attempt(result: AttemptResult, now: int) -> dict[str, object] | None:
    """Return the object for a result, None when nothing was tried."""
    if result.because is not None:
        return failed_attempt(result.because, now)
    if result.response is None:
        return None
    response, code = result.response, result.response[:3]
    return {
        "created": iso(now),
        "status": "ok",
        "response": response,
        "responseCode": int(code) if code.isdecimal() else None,
        "code": None,
        "command": None,
        "description": "The server took the message.",
    }


def failed_attempt(because: Because, now: int) -> dict[str, object]:
    """Return the object for an attempt that failed."""
    return {
        "created": iso(now),
        "status": "error",
        "response": because.reply or because.message,
        "responseCode": because.reply_code,
        "code": because.code,
        "command": because.command,
        "description": because.advice,
    }
