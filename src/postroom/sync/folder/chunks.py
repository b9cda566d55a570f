"""The known messages of a folder: their UIDs and, for every flag, the UIDs that carry it. Pure.

A folder is stored in chunks of 8,192 UIDs. A chunk holds sets of UIDs as compressed ranges, or as bitmaps where these
are shorter. So a folder of a million messages takes kilobytes, one change rewrites a few kilobytes at most, and a
comparison shows which flags were added or removed. Gmail's labels are stored as flags with the prefix `LABEL`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.mail.flags import Flags
from postroom.sync.folder.plausible import MOST_NAMES

CHUNK_BITS = 13
CHUNK_SIZE = 1 << CHUNK_BITS
LABEL = "label:"
_RANGES, _BITMAP = 0, 1


def chunk_number(uid: int) -> int:
    """Return the number of the chunk a UID belongs to."""
    return uid >> CHUNK_BITS


def chunk_range(number: int) -> UidSet:
    """Return the UIDs that belong to a chunk."""
    first = max(number << CHUNK_BITS, 1)
    return UidSet([(first, min(((number + 1) << CHUNK_BITS) - 1, MAX_NUMBER))])


def chunk_numbers(uids: UidSet) -> Iterator[int]:
    """Return the numbers of the chunks that hold these UIDs, ascending."""
    last = -1
    for first, end in uids.ranges:
        for number in range(max(chunk_number(first), last + 1), chunk_number(end) + 1):
            yield number
            last = number


def _same(flag: str) -> str:
    """Return a key that is equal for all spellings of a flag. Labels are folder names, so their case matters."""
    return flag if flag.startswith(LABEL) else flag.lower()


@dataclass(frozen=True, slots=True)
class FlagChange:
    """How one message's flags changed; `value` are its flags now."""

    uid: int
    added: tuple[str, ...]
    deleted: tuple[str, ...]
    value: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chunk:
    """The messages of up to 8,192 consecutive UIDs. Every set in `flags` is a non-empty subset of `uids`."""

    uids: UidSet = field(default_factory=UidSet)
    flags: Mapping[str, UidSet] = field(default_factory=dict)

    def of(self, uid: int) -> Flags:
        """Return the flags of a message."""
        return frozenset(flag for flag, uids in self.flags.items() if uid in uids)


@dataclass(frozen=True, slots=True)
class Difference:
    """The messages that a chunk gained, lost and changed; `after` is the chunk as it is now."""

    after: Chunk
    new: UidSet
    gone: UidSet
    changed: tuple[FlagChange, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed."""
        return not (self.new or self.gone or self.changed)


def chunk_of(messages: Mapping[int, Flags], known: Iterable[str] = ()) -> Chunk:
    """Return the chunk of these messages, given by UID; all belong to one chunk. Flags are spelled as in `known`.

    If there are more than `MOST_NAMES` different flags, the known ones and then the first ones are kept.
    """
    spellings = {_same(flag): flag for flag in known}
    carriers: dict[str, list[int]] = {}
    for uid, flags in messages.items():
        for flag in sorted(flags):
            same = _same(flag)
            if same in spellings or len(spellings) < MOST_NAMES:
                carriers.setdefault(spellings.setdefault(same, flag), []).append(uid)
    return Chunk(
        UidSet.from_iterable(messages), {flag: UidSet.from_iterable(uids) for flag, uids in sorted(carriers.items())}
    )


def learn(before: Chunk, told: Mapping[int, Flags]) -> Difference:
    """Apply the flags of some messages (CHANGEDSINCE, unsolicited FETCH); the others stay as they are."""
    before = Chunk(before.uids, _one_spelling(before.flags))
    messages = chunk_of(told, before.flags)
    kept = {flag: uids - messages.uids for flag, uids in before.flags.items()}
    names = sorted({*kept, *messages.flags})
    merged = {name: kept.get(name, _NONE) | messages.flags.get(name, _NONE) for name in names}
    return difference(before, Chunk(before.uids | messages.uids, _without_empty(merged)))


def known_only(chunk: Chunk, told: Mapping[int, Flags]) -> dict[int, Flags]:
    """Return the flags of those messages that the chunk already holds."""
    return {uid: flags for uid, flags in told.items() if uid in chunk.uids}


def keep_only(before: Chunk, present: UidSet) -> Difference:
    """Remove the messages that are not `present`. It never adds any."""
    kept = before.uids & present
    return difference(before, Chunk(kept, _without_empty({flag: uids & kept for flag, uids in before.flags.items()})))


def difference(before: Chunk, after: Chunk) -> Difference:
    """Compare two states of a chunk. The cost depends on the number of ranges, not of messages."""
    both = before.uids & after.uids
    added: dict[int, list[str]] = {}
    deleted: dict[int, list[str]] = {}
    for name in sorted({*before.flags, *after.flags}):
        old, new = before.flags.get(name, _NONE), after.flags.get(name, _NONE)
        for uid in (new - old) & both:
            added.setdefault(uid, []).append(name)
        for uid in (old - new) & both:
            deleted.setdefault(uid, []).append(name)
    touched = UidSet.from_iterable({*added, *deleted})
    values: dict[int, list[str]] = {uid: [] for uid in touched}
    for name, uids in sorted(after.flags.items()):
        for uid in uids & touched:
            values[uid].append(name)
    changed = tuple(
        FlagChange(uid, tuple(added.get(uid, ())), tuple(deleted.get(uid, ())), tuple(value))
        for uid, value in values.items()
    )
    return Difference(after, after.uids - before.uids, before.uids - after.uids, changed)


_NONE = UidSet()


def _one_spelling(flags: Mapping[str, UidSet]) -> Mapping[str, UidSet]:
    """Return the flags with one spelling each. Rows of older versions may hold several spellings of a flag."""
    spellings: dict[str, str] = {}
    for name in sorted(flags):
        spellings.setdefault(_same(name), name)
    if len(spellings) == len(flags):
        return flags
    merged: dict[str, UidSet] = {}
    for name, uids in flags.items():
        spelling = spellings[_same(name)]
        merged[spelling] = merged.get(spelling, _NONE) | uids
    return merged


def _without_empty(flags: Mapping[str, UidSet]) -> dict[str, UidSet]:
    return {name: uids for name, uids in flags.items() if uids}


def encode_chunk(chunk: Chunk) -> bytes:
    """Return a chunk as bytes: the UIDs, then each flag's name and set. An empty chunk is no bytes."""
    if not chunk.uids:
        return b""
    base = chunk_number(chunk.uids.min or 1) << CHUNK_BITS
    parts = [_encode_set(chunk.uids, base)]
    for name, uids in sorted(chunk.flags.items()):
        text = name.encode()
        parts += [_varint(len(text)), text, _encode_set(uids, base)]
    return b"".join(parts)


def decode_chunk(number: int, data: bytes) -> Chunk:
    """Return the chunk of this number from its bytes."""
    if not data:
        return Chunk()
    base = number << CHUNK_BITS
    uids, at = _decode_set(data, 0, base)
    flags: dict[str, UidSet] = {}
    while at < len(data):
        length, at = _read_varint(data, at)
        name = data[at : at + length].decode()
        flags[name], at = _decode_set(data, at + length, base)
    return Chunk(uids, flags)


def decode_uids(number: int, data: bytes) -> UidSet:
    """Return only the UIDs of the chunk of this number."""
    return _decode_set(data, 0, number << CHUNK_BITS)[0] if data else _NONE


def _encode_set(uids: UidSet, base: int) -> bytes:
    ranges = bytearray()
    last = base
    for first, end in uids.ranges:
        ranges += _varint(first - last) + _varint(end - first)
        last = end
    if len(ranges) <= CHUNK_SIZE // 8:
        return bytes([_RANGES]) + _varint(len(ranges)) + bytes(ranges)
    bits = 0
    for first, end in uids.ranges:
        bits |= ((1 << (end - first + 1)) - 1) << (first - base)
    bitmap = bits.to_bytes(CHUNK_SIZE // 8, "little")
    return bytes([_BITMAP]) + _varint(len(bitmap)) + bitmap


def _decode_set(data: bytes, at: int, base: int) -> tuple[UidSet, int]:
    kind = data[at]
    length, at = _read_varint(data, at + 1)
    body, end = data[at : at + length], at + length
    return (_from_bitmap(body, base) if kind == _BITMAP else _from_ranges(body, base)), end


def _from_ranges(body: bytes, base: int) -> UidSet:
    found: list[tuple[int, int]] = []
    at, last = 0, base
    while at < len(body):
        gap, at = _read_varint(body, at)
        length, at = _read_varint(body, at)
        first = last + gap
        last = first + length
        found.append((first, last))
    return UidSet(found)


def _from_bitmap(body: bytes, base: int) -> UidSet:
    return UidSet.from_iterable(
        base + index * 8 + bit for index, octet in enumerate(body) if octet for bit in range(8) if octet >> bit & 1
    )


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        octet = data[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
        shift += 7
