"""Reads numbers and dates in the forms that servers really send."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from postroom.imap.parsing.tokens import Value

_MONTHS = {
    name: number
    for number, name in enumerate(
        (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"), start=1
    )
}
_DATE_TIME = re.compile(
    rb"\s*(\d{1,2})-([A-Za-z]{3})-(\d{4}) +(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?(?: *([+-])(\d{2}):?(\d{2}))?"
)
ASSUMED_ZONE: Final = timezone(timedelta(0), "assumed")
"""The zone of a date without a possible zone. It equals UTC; compare by identity to tell that it was assumed."""

_DECIMAL = re.compile(rb"\s*(\d{1,20})(?:\.\d*)?\s*")


def read_number(value: Value) -> int | None:
    """A number of at most 63 bits. `1.0` (mail.ru) is 1; anything else, also -1 (Zoho), is None."""
    if not isinstance(value, bytes):
        return None
    if value.isdigit() and len(value) < 19:
        return int(value)
    found = _DECIMAL.fullmatch(value)
    number = int(found[1]) if found else -1
    return number if 0 <= number < 2**63 else None


def read_date_time(value: Value) -> datetime | None:
    """An INTERNALDATE (`17-Jul-1996 02:44:25 -0700`) as an aware datetime. A missing zone is `ASSUMED_ZONE` (UTC).

    One-digit days, with or without a space before them, and times without seconds are accepted. Impossible dates such
    as `00-Jan-0000` give None.
    """
    found = _DATE_TIME.match(value) if isinstance(value, bytes) else None
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    try:
        return datetime(
            int(year),
            _MONTHS[month.lower()],
            int(day),
            int(hour),
            int(minute),
            min(int(second or 0), 59),
            tzinfo=_zone(sign, int(zone_hours), int(zone_minutes)) if sign else ASSUMED_ZONE,
        )
    except (KeyError, ValueError):
        return None


@lru_cache(maxsize=64)
def _zone(sign: bytes, hours: int, minutes: int) -> timezone:
    """A zone of less than a day; an impossible one becomes `ASSUMED_ZONE`."""
    offset = timedelta(hours=hours, minutes=minutes)
    if offset >= timedelta(days=1):
        return ASSUMED_ZONE
    if not offset:
        return UTC
    return timezone(-offset if sign == b"-" else offset)
