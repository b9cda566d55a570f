"""Times as callers see them. Pure."""

from __future__ import annotations

from postroom.clock import iso


def optional_time(at: int | None) -> str | None:
    """Return milliseconds since 1970 as ISO 8601 text; None stays None."""
    return None if at is None else iso(at)
