"""The entries of the index: one for each known message, packed in chunks of 256 UIDs. Pure.

A chunk is a few columns one after the other: 1 octet of each UID, 8 of each name, 8 of each thread, 4 of each size. So
a message takes 21 octets, and a name is found in a chunk by searching its octets.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from typing import Final

from postroom.footprint.dataclass import dataclass

__all__ = ["CHUNK", "Entry", "by_chunk", "chunk_of", "pack", "packed_name", "threads_of", "unpack"]

CHUNK: Final = 256
"""UIDs in a chunk. An arrival rewrites one chunk, at most 5 KiB."""

_OCTETS: Final = 21
_LARGEST: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Entry:
    """What the index knows of one message. `name` and `thread` are 0 when it has none; `size` is in octets."""

    name: int
    thread: int
    size: int


def chunk_of(uid: int) -> int:
    """Return the number of the chunk that a UID belongs to."""
    return uid // CHUNK


def pack(entries: Mapping[int, Entry]) -> bytes:
    """Return the entries of one chunk, given by UID, as octets."""
    rows = sorted(entries.items())
    count = len(rows)
    return b"".join(
        (
            bytes(uid % CHUNK for uid, _ in rows),
            struct.pack(f"<{count}q", *(each.name for _, each in rows)),
            struct.pack(f"<{count}q", *(each.thread for _, each in rows)),
            struct.pack(f"<{count}I", *(min(each.size, _LARGEST) for _, each in rows)),
        )
    )


def unpack(number: int, data: bytes) -> dict[int, Entry]:
    """Return the entries of the chunk of this number, by UID in ascending order."""
    count = len(data) // _OCTETS
    names = struct.unpack_from(f"<{count}q", data, count)
    threads = struct.unpack_from(f"<{count}q", data, 9 * count)
    sizes = struct.unpack_from(f"<{count}I", data, 17 * count)
    first = number * CHUNK
    return {
        first + low: Entry(name, thread, size)
        for low, name, thread, size in zip(data[:count], names, threads, sizes, strict=True)
    }


def threads_of(data: bytes) -> tuple[int, ...]:
    """Return the threads in a chunk, in order of UID; 0 for a message without one."""
    count = len(data) // _OCTETS
    return struct.unpack_from(f"<{count}q", data, 9 * count)


def packed_name(name: int) -> bytes:
    """Return a name, or a thread, as it stands in a chunk."""
    return struct.pack("<q", name)


def by_chunk(uids: Iterable[int]) -> dict[int, set[int]]:
    """Return UIDs by the number of their chunk."""
    parts: dict[int, set[int]] = {}
    for uid in uids:
        parts.setdefault(chunk_of(uid), set()).add(uid)
    return parts
