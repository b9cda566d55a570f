"""Moments as callers see them. Pure."""

from __future__ import annotations

from postroom.clock import iso


def optional_time(at: int | None) -> str | None:
    """Return milliseconds since 1970 as text, None when there is no moment."""
    return None if at is None else iso(at)
