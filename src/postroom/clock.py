"""Time as Postroom stores and shows it: integer milliseconds since 1970 UTC, and ISO 8601 text."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


def now_ms() -> int:
    """Return the present time in milliseconds since 1970 UTC."""
    return time.time_ns() // 1_000_000


def iso(ms: int) -> str:
    """Return a time in milliseconds as `2026-01-31T12:00:00.000Z`."""
    return f"{_second(ms // 1000)}.{ms % 1000:03d}Z"


@lru_cache(512)
def _second(since_1970: int) -> str:
    """Return a second as text. The same ones are asked for again and again: now, and those of what is shown."""
    return datetime.fromtimestamp(since_1970, UTC).isoformat()[:19]


def iso_of(moment: datetime) -> str:
    """Return a moment, which must be in UTC, in the same form as `iso`."""
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"


def from_iso(text: str) -> int:
    """Return the milliseconds of an ISO 8601 time; without a zone it is read as UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)
