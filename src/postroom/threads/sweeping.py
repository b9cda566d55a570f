"""Which names of an account are removed, and when. Pure.

A name is dead when no message of the account is in its thread any more. It is kept for a while, so that a late reply
still joins. Each day 9 of the 256 buckets are looked at, so each bucket once in a period of 29 days. A name found dead
goes into the parts of that period. If it is still dead six periods later, it is removed; if its thread has a message
again, it goes back to the ordinary parts.
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.threads.names import BUCKETS, append

__all__ = [
    "DAY",
    "KEPT_PERIODS",
    "Swept",
    "begin_of",
    "buckets_of",
    "day_of",
    "is_ordinary",
    "period_of",
    "sweep",
    "threads_in",
]

DAY: Final = 24 * 3600 * 1000
"""Milliseconds."""

KEPT_PERIODS: Final = 6
"""Periods that a dead name is kept: 174 days from the day on which it was found dead."""

_DAYS: Final = 29
_A_DAY: Final = -(-BUCKETS // _DAYS)
_PARTS: Final = 2**16
"""The first part of a period has the number of the period times this. Ordinary parts have smaller numbers."""

_SPREAD: Final = 2654435761
_RECORD: Final = struct.Struct("<qq")


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of a bucket: its parts by number, and the threads of the names that were removed."""

    parts: dict[int, bytes]
    ended: frozenset[int]


def day_of(now: int, account_key: int) -> int:
    """Return the number of the day at a time in milliseconds. Each account has another moment at which it begins."""
    return (now + account_key * _SPREAD % DAY) // DAY


def begin_of(day: int, account_key: int) -> int:
    """Return when a day begins, in milliseconds since 1970."""
    return day * DAY - account_key * _SPREAD % DAY


def buckets_of(day: int) -> range:
    """Return the numbers of the buckets that are looked at on a day."""
    first = day % _DAYS * _A_DAY
    return range(first, min(first + _A_DAY, BUCKETS))


def period_of(day: int) -> int:
    """Return the number of the period that a day belongs to, from 1."""
    return day // _DAYS + 1


def is_ordinary(part: int) -> bool:
    """Whether the names of this part were not found dead."""
    return part < _PARTS


def threads_in(parts: Iterable[bytes]) -> set[int]:
    """Return the threads of the names in these parts."""
    return {thread for part in parts for _, thread in _RECORD.iter_unpack(part)}


def sweep(parts: Mapping[int, bytes], living: Collection[int], later: Mapping[int, int], period: int) -> Swept:
    """Return the bucket after a look in a period.

    `living` are the threads that have a message, `later` has the thread that another was joined to.
    """
    kept: dict[int, dict[int, int]] = {}
    ended: set[int] = set()
    for part, data in sorted(parts.items()):
        found = 0 if is_ordinary(part) else part // _PARTS
        for name, thread in _RECORD.iter_unpack(data):
            now = later.get(thread, thread)
            if now in living:
                kept.setdefault(0, {}).setdefault(name, now)
            elif found and period - found >= KEPT_PERIODS:
                ended.add(now)
            else:
                kept.setdefault(found or period, {}).setdefault(name, now)
    packed = {
        when * _PARTS + number: part
        for when, records in kept.items()
        for number, part in enumerate(append(b"", records))
    }
    return Swept(packed, frozenset(ended))
