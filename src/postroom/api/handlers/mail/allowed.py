"""The time that a caller allows for an answer that a mail server has to give, and the header for it."""

from __future__ import annotations

from typing import Final

from postroom.api.pipeline.decode import patience_of
from postroom.api.pipeline.route import Call
from postroom.mailboxes.visit import TimeAllowed

__all__ = ["TIMEOUT", "time_allowed"]

TIMEOUT: Final = {"X-EE-Timeout": "Milliseconds to wait for the mail server (15000)"}
"""The header of every route that asks a mail server."""


def time_allowed(call: Call) -> TimeAllowed:
    """Return the time that the caller allows, from now on. Raises InvalidRequest."""
    return TimeAllowed.after(patience_of(call.request))
