"""Sets of message numbers, kept as sorted, disjoint ranges. Pure.

A range costs the same whether it has one member or a million. Every operation is linear in the number of ranges;
only iteration depends on the number of members.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import le, lt
from typing import Final

from postroom.imap.limits import MOST_ILLEGIBLE, MOST_PARTS, LimitExceeded

MAX_NUMBER = 2**32 - 1
"""The largest UID or sequence number (RFC 9051: nz-number, 32 bits)."""

_WRITTEN = b"0123456789:,"
_ELEMENT = re.compile(r"([0-9]{1,10}|\*)(?::([0-9]{1,10}|\*))?")


class UidSet:
    """An immutable set of UIDs (or sequence numbers), 1 to 4,294,967,295, kept as ascending ranges."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        """The set of all members of `ranges`, each (first, last), in any order; ranges may overlap.

        ValueError when a bound is outside 1 to 4,294,967,295 or a range runs backwards.
        """
        ordered = sorted(ranges)
        if ordered and ordered[0][0] < 1:
            raise ValueError(f"{ordered[0][0]} is no message number: the first is 1")
        starts, ends = array("I"), array("I")
        for start, end in ordered:
            if end < start or end > MAX_NUMBER:
                raise ValueError(f"{start}:{end} is no range of message numbers")
            if ends and start <= ends[-1] + 1:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        self._starts, self._ends = starts, ends

    @classmethod
    def _from_arrays(cls, starts: array[int], ends: array[int]) -> UidSet:
        made = cls.__new__(cls)
        made._starts, made._ends = starts, ends
        return made

    @classmethod
    def from_iterable(cls, numbers: Iterable[int]) -> UidSet:
        """The set of `numbers`, in any order, repeats allowed."""
        ascending = sorted(numbers)
        if not ascending:
            return _EMPTY
        starts, ends = array("I"), array("I")
        last = -1
        for number in ascending:
            if number == last + 1 and ends:
                ends[-1] = number
            elif number != last:
                if not 1 <= number <= MAX_NUMBER:
                    raise ValueError(f"{number} is no message number")
                starts.append(number)
                ends.append(number)
            last = number
        return cls._from_arrays(starts, ends)

    @classmethod
    def from_string(cls, text: str, *, star: int | None = None) -> UidSet:
        """Read a sequence-set (`1:5,7,10:*`); ranges may run in either direction.

        `*` stands for `star`, the largest number in use, or for 4,294,967,295 when that is unknown.
        ValueError when the text is not a sequence-set. LimitExceeded when it has more than MOST_PARTS.
        """
        made = cls._in_order(text)
        return made if made is not None else cls((min(pair), max(pair)) for pair in read_ranges(text, star=star))

    @classmethod
    def from_legible(cls, text: str) -> UidSet:
        """Read the legible parts of a sequence-set that a server wrote.

        LimitExceeded when it has more than MOST_PARTS parts, or more than MOST_ILLEGIBLE illegible ones.
        """
        made = cls._in_order(text)
        if made is not None:
            return made
        parts = _parts(text)
        pairs = [pair for part in parts if (pair := _legible(part)) is not None]
        if len(parts) - len(pairs) > MOST_ILLEGIBLE:
            raise LimitExceeded.of("illegible message numbers in one set", MOST_ILLEGIBLE)
        return cls(pairs)

    @classmethod
    def _in_order(cls, text: str) -> UidSet | None:
        """The set when its parts are ascending and disjoint, as nearly every server writes them; otherwise None."""
        parts = [part.partition(":") for part in _parts(text)]
        if text.encode("utf-8", "replace").translate(None, _WRITTEN):
            return None
        try:
            starts = array("I", [int(first) for first, _, _ in parts])
            ends = array("I", [int(last or first) for first, _, last in parts])
        except (ValueError, OverflowError):
            return None
        if not starts[0] or not all(map(le, starts, ends)) or not all(map(lt, map(_behind, ends), starts[1:])):
            return None
        return cls._from_arrays(starts, ends)

    @classmethod
    def beginning(cls, first: int, last: int = MAX_NUMBER) -> UidSet:
        """All numbers from `first` to `last`; bounds beyond the largest number are cut, and the set may be empty."""
        first, last = max(first, 1), min(last, MAX_NUMBER)
        return cls._from_arrays(array("I", (first,)), array("I", (last,))) if first <= last else _EMPTY

    @classmethod
    def joined(cls, sets: Iterable[UidSet]) -> UidSet:
        """The members of all `sets`. This is cheap when each set begins after the end of the one before."""
        starts, ends = array("I"), array("I")
        together = [each for each in sets if each]
        for each in together:
            if ends and each._starts[0] <= ends[-1] + 1:
                return cls(chain.from_iterable(one._pairs() for one in together))
            starts.extend(each._starts)
            ends.extend(each._ends)
        return cls._from_arrays(starts, ends)

    @property
    def ranges(self) -> tuple[tuple[int, int], ...]:
        """(first, last) pairs, ascending, with gaps between them."""
        return tuple(zip(self._starts, self._ends, strict=True))

    @property
    def bounds(self) -> tuple[Sequence[int], Sequence[int]]:
        """The first members of the ranges and the last ones, without a copy."""
        return self._starts, self._ends

    @property
    def parts(self) -> int:
        """The number of ranges, which decides what an operation on the set costs."""
        return len(self._starts)

    @property
    def min(self) -> int | None:
        """The smallest member, None when empty."""
        return self._starts[0] if self._starts else None

    @property
    def max(self) -> int | None:
        """The largest member, None when empty."""
        return self._ends[-1] if self._ends else None

    def union(self, other: UidSet) -> UidSet:
        """The members of either set."""
        if not self or not other:
            return self or other
        if self._ends[-1] + 1 < other._starts[0]:
            return self._from_arrays(self._starts + other._starts, self._ends + other._ends)
        if other._ends[-1] + 1 < self._starts[0]:
            return other.union(self)
        return UidSet(chain(self._pairs(), other._pairs()))

    def _pairs(self) -> Iterator[tuple[int, int]]:
        return zip(self._starts, self._ends, strict=True)

    def intersection(self, other: UidSet) -> UidSet:
        """The members of both sets."""
        if len(other._starts) == 1:
            return self._within(other._starts[0], other._ends[0])
        if len(self._starts) == 1:
            return other._within(self._starts[0], self._ends[0])
        if not self or not other:
            return UidSet()
        mine, others = self._within(other._starts[0], other._ends[-1]), other._within(self._starts[0], self._ends[-1])
        return mine._overlap(others)

    def _overlap(self, other: UidSet) -> UidSet:
        """The members of both sets, by one walk over both."""
        starts, ends = array("I"), array("I")
        i = j = 0
        while i < len(self._starts) and j < len(other._starts):
            start, end = max(self._starts[i], other._starts[j]), min(self._ends[i], other._ends[j])
            if start <= end:
                starts.append(start)
                ends.append(end)
            if self._ends[i] < other._ends[j]:
                i += 1
            else:
                j += 1
        return self._from_arrays(starts, ends)

    def _within(self, first: int, last: int) -> UidSet:
        """The members from `first` to `last`. The cost hardly depends on the number of ranges."""
        low, high = bisect_left(self._ends, first), bisect_right(self._starts, last)
        if low >= high:
            return UidSet()
        starts, ends = self._starts[low:high], self._ends[low:high]
        starts[0], ends[-1] = max(starts[0], first), min(ends[-1], last)
        return self._from_arrays(starts, ends)

    def difference(self, other: UidSet) -> UidSet:
        """Members of this set that are not in `other`."""
        if not self or not other:
            return self
        around = other._within(self._starts[0], self._ends[-1])
        return self.intersection(around._complement()) if around else self

    def _complement(self) -> UidSet:
        """All other numbers: those between the ranges, before the first and after the last."""
        starts = array("I", [end + 1 for end in self._ends if end < MAX_NUMBER])
        ends = array("I", [start - 1 for start in self._starts if start > 1])
        if self._starts[0] > 1:
            starts.insert(0, 1)
        if self._ends[-1] < MAX_NUMBER:
            ends.append(MAX_NUMBER)
        return self._from_arrays(starts, ends)

    __or__ = union
    __and__ = intersection
    __sub__ = difference

    def __contains__(self, number: object) -> bool:
        if not isinstance(number, int):
            return False
        at = bisect_right(self._starts, number) - 1
        return at >= 0 and number <= self._ends[at]

    def __len__(self) -> int:
        return sum(self._ends) - sum(self._starts) + len(self._starts)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def __iter__(self) -> Iterator[int]:
        for start, end in zip(self._starts, self._ends, strict=True):
            yield from range(start, end + 1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UidSet) and self._starts == other._starts and self._ends == other._ends

    def __hash__(self) -> int:
        return hash((self._starts.tobytes(), self._ends.tobytes()))

    def __repr__(self) -> str:
        text = self.to_string()
        return f"UidSet({text if len(text) <= 60 else text[:57] + '...'!r})"

    def to_string(self) -> str:
        """The sequence-set for a command, ascending; "" when empty, which no command accepts."""
        return ",".join(map(_range_text, self._starts, self._ends))

    def chunks(self, max_octets: int) -> Iterator[UidSet]:
        """This set cut into sets whose `to_string` has at most `max_octets` octets (some servers cap command lines).

        ValueError when `max_octets` is too small for one range (21 octets).
        """
        if max_octets < 21:
            raise ValueError("a chunk needs at least 21 octets")
        if len(self._starts) == 1:
            yield self
            return
        first, used = 0, 0
        for at, (start, end) in enumerate(zip(self._starts, self._ends, strict=True)):
            size = len(_range_text(start, end)) + 1
            if used + size > max_octets + 1:
                yield self._from_arrays(self._starts[first:at], self._ends[first:at])
                first, used = at, 0
            used += size
        if self._starts:
            yield self._from_arrays(self._starts[first:], self._ends[first:])

    def batches(self, count: int) -> Iterator[UidSet]:
        """This set cut into sets of at most `count` members, ascending."""
        if count < 1:
            raise ValueError("a batch needs at least one member")
        starts, ends, room = array("I"), array("I"), count
        for start, end in zip(self._starts, self._ends, strict=True):
            while start <= end:
                upto = min(end, start + room - 1)
                starts.append(start)
                ends.append(upto)
                room -= upto - start + 1
                start = upto + 1
                if room == 0:
                    yield self._from_arrays(starts, ends)
                    starts, ends, room = array("I"), array("I"), count
        if starts:
            yield self._from_arrays(starts, ends)

    def to_bytes(self) -> bytes:
        """A compact form to store: for each range the gap before it and its length less one, as varints (LEB128)."""
        out = bytearray()
        before = 0
        for start, end in zip(self._starts, self._ends, strict=True):
            for value in (start - before, end - start):
                while value > 0x7F:
                    out.append(value & 0x7F | 0x80)
                    value >>= 7
                out.append(value)
            before = end
        return bytes(out)

    @classmethod
    def from_bytes(cls, data: bytes) -> UidSet:
        """The set that `to_bytes` stored as `data`; ValueError when `data` is anything else."""
        values = list(_read_varints(data))
        if len(values) % 2:
            raise ValueError("a stored UID set ends in the middle of a range")
        starts, ends = array("I"), array("I")
        before = 0
        for gap, length in zip(values[::2], values[1::2], strict=True):
            if gap < (2 if starts else 1) or before + gap + length > MAX_NUMBER:
                raise ValueError("a stored UID set holds an impossible range")
            starts.append(before + gap)
            before += gap + length
            ends.append(before)
        return cls._from_arrays(starts, ends)


_EMPTY: Final = UidSet()


def read_ranges(text: str, *, star: int | None = None) -> Iterator[tuple[int, int]]:
    """The ranges of a sequence-set in the order and direction written. ValueError when the text is not a sequence-set.

    LimitExceeded when it has more than MOST_PARTS.
    """
    top = str(MAX_NUMBER if star is None else star)
    for part in _parts(text):
        found = _ELEMENT.fullmatch(part)
        if found is None:
            raise ValueError(f"{part[:40]!r} is no part of a set of message numbers")
        first = found[1].replace("*", top)
        yield int(first), int((found[2] or first).replace("*", top))


def _parts(text: str) -> list[str]:
    if text.count(",") >= MOST_PARTS:
        raise LimitExceeded.of("message numbers and ranges in one set", MOST_PARTS)
    return text.split(",")


def _legible(part: str) -> tuple[int, int] | None:
    """The range that one part of a set stands for; None when it is illegible or out of range."""
    found = _ELEMENT.fullmatch(part)
    if found is None:
        return None
    first, last = sorted(MAX_NUMBER if each == "*" else int(each) for each in (found[1], found[2] or found[1]))
    return (first, last) if first >= 1 and last <= MAX_NUMBER else None


def _behind(last: int) -> int:
    return last + 1


def _range_text(start: int, end: int) -> str:
    return f"{start}:{end}" if end > start else str(start)


def _read_varints(data: bytes) -> Iterator[int]:
    value = shift = 0
    for octet in data:
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            yield value
            value = shift = 0
        elif (shift := shift + 7) > 28:
            raise ValueError("a stored UID set holds a number of more than 32 bits")
    if shift:
        raise ValueError("a stored UID set is cut short")
