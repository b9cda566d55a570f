"""The names of an account with their threads, packed in 256 buckets by name, each in parts of 120 records. Pure.

A record is 16 octets: a name and its thread. Records have no order: a name is found by searching the octets of its
bucket. A new record goes into the last part, so an arrival rewrites 2 KiB at most, whatever the size of the account.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Final

__all__ = ["BUCKETS", "append", "bucket_of", "by_bucket", "find"]

BUCKETS: Final = 256

_PART: Final = 120
_RECORD: Final = struct.Struct("<qq")
_NAME: Final = struct.Struct("<q")


def bucket_of(name: int) -> int:
    """Return the number of the bucket for a name."""
    return name & (BUCKETS - 1)


def by_bucket(names: Iterable[int]) -> dict[int, list[int]]:
    """Return names by the number of their bucket, in order of bucket."""
    parts: dict[int, list[int]] = {}
    for name in names:
        parts.setdefault(bucket_of(name), []).append(name)
    return dict(sorted(parts.items()))


def find(parts: Iterable[bytes], name: int) -> int | None:
    """Return the thread of a name, None if the name is not in the bucket with these parts."""
    wanted = _NAME.pack(name)
    for part in parts:
        at = part.find(wanted)
        # The same octets may also stand across two numbers, or be a thread.
        while at >= 0 and at % _RECORD.size:
            at = part.find(wanted, at + 1)
        if at >= 0:
            return int(_RECORD.unpack_from(part, at)[1])
    return None


def append(last: bytes, threads: Mapping[int, int]) -> list[bytes]:
    """Return the last part with new names, and the parts that follow because it is full."""
    octets = last + b"".join(_RECORD.pack(name, thread) for name, thread in threads.items())
    size = _PART * _RECORD.size
    return [octets[at : at + size] for at in range(0, len(octets), size)]
