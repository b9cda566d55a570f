"""UID sets against plain Python sets."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.limits import MOST_ILLEGIBLE, MOST_PARTS, LimitExceeded
from postroom.imap.sets import MAX_NUMBER, UidSet, read_ranges

NUMBERS = st.sets(st.integers(1, 60) | st.integers(1, MAX_NUMBER), max_size=40)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("7", ((7, 7),)),
        ("1:5,7,10:*", ((1, 5), (7, 7), (10, MAX_NUMBER))),
        ("5:3", ((3, 5),)),
        ("3,1,2", ((1, 3),)),
        ("1:4,2:9", ((1, 9),)),
        ("*", ((MAX_NUMBER, MAX_NUMBER),)),
        ("*:4", ((4, MAX_NUMBER),)),
    ],
)
def test_sequence_sets_are_read(text: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert UidSet.from_string(text).ranges == ranges


def test_star_is_the_largest_number_in_use() -> None:
    assert UidSet.from_string("10:*", star=12).ranges == ((10, 12),)
    assert UidSet.from_string("20:*", star=12).ranges == ((12, 20),), "n:* always has the last message in it"


@pytest.mark.parametrize("text", ["", "0", "1,", "a", "1:2:3", "-1", "4294967296", "1 2", "1:0", "9" * 5000])
def test_what_is_no_set_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        UidSet.from_string(text)


def test_ranges_are_read_as_written() -> None:
    assert list(read_ranges("9:7,3")) == [(9, 7), (3, 3)]


@pytest.mark.parametrize("ranges", [[(0, 3)], [(5, 4)], [(1, MAX_NUMBER + 1)]])
def test_impossible_ranges_are_refused(ranges: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="message number"):
        UidSet(ranges)


@pytest.mark.parametrize("number", [0, -3, MAX_NUMBER + 1])
def test_impossible_members_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="message number"):
        UidSet.from_iterable([5, number])


@given(NUMBERS, NUMBERS)
def test_algebra_is_that_of_sets(a: set[int], b: set[int]) -> None:
    left, right = UidSet.from_iterable(a), UidSet.from_iterable(b)
    assert set(left | right) == a | b
    assert set(left & right) == a & b
    assert set(left - right) == a - b
    assert (left == right) == (a == b)


@given(NUMBERS)
def test_a_set_tells_what_it_holds(numbers: set[int]) -> None:
    found = UidSet.from_iterable(numbers)
    assert list(found) == sorted(numbers)
    assert len(found) == len(numbers)
    assert bool(found) == bool(numbers)
    assert (found.min, found.max) == (min(numbers, default=None), max(numbers, default=None))
    assert all(number in found for number in numbers)
    assert all((number + 1 in found) == (number + 1 in numbers) for number in numbers)
    assert "1" not in found


@given(NUMBERS)
def test_text_and_octets_round_trip(numbers: set[int]) -> None:
    found = UidSet.from_iterable(numbers)
    assert UidSet.from_bytes(found.to_bytes()) == found
    assert hash(UidSet.from_bytes(found.to_bytes())) == hash(found)
    if numbers:
        assert UidSet.from_string(found.to_string()) == found


def test_text_is_ascending_and_joined() -> None:
    assert UidSet.from_iterable([9, 3, 4, 5, 9]).to_string() == "3:5,9"
    assert UidSet().to_string() == ""
    assert repr(UidSet([(3, 5)])) == "UidSet('3:5')"


@given(NUMBERS, st.integers(21, 200))
def test_chunks_keep_everything_within_their_size(numbers: set[int], octets: int) -> None:
    found = UidSet.from_iterable(numbers)
    chunks = list(found.chunks(octets))
    assert all(0 < len(chunk.to_string()) <= octets for chunk in chunks)
    assert [uid for chunk in chunks for uid in chunk] == sorted(numbers)


def test_chunks_fill_their_size() -> None:
    chunks = list(UidSet.from_iterable(range(100, 200, 2)).chunks(39))
    assert [len(chunk.to_string()) for chunk in chunks] == [39] * 5


def test_a_chunk_too_small_for_one_range_is_refused() -> None:
    with pytest.raises(ValueError, match="21"):
        list(UidSet([(1, 2)]).chunks(20))


@given(st.sets(st.integers(1, 300)), st.integers(1, 50))
def test_batches_keep_everything_within_their_count(numbers: set[int], count: int) -> None:
    batches = list(UidSet.from_iterable(numbers).batches(count))
    assert [uid for batch in batches for uid in batch] == sorted(numbers)
    assert all(len(batch) == count for batch in batches[:-1])
    assert all(0 < len(batch) <= count for batch in batches)


def test_a_batch_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        list(UidSet([(1, 2)]).batches(0))


@pytest.mark.parametrize(
    "data",
    [
        b"\x05",
        b"\x80",
        b"\x00\x01",
        b"\x05\x00\x01\x00",
        b"\xff\xff\xff\xff\xff\x01\x00",
        b"\x01\xff\xff\xff\xff\x0f\x01\x00",
    ],
)
def test_spoilt_octets_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="stored UID set"):
        UidSet.from_bytes(data)


@given(st.binary(max_size=30))
def test_any_octets_are_a_set_or_refused(data: bytes) -> None:
    try:
        found = UidSet.from_bytes(data)
    except ValueError:
        return
    assert UidSet(found.ranges).ranges == found.ranges


def test_stored_sets_are_compact() -> None:
    assert len(UidSet([(1, MAX_NUMBER)]).to_bytes()) <= 6
    assert len(UidSet.from_iterable(range(1, 20_001, 2)).to_bytes()) == 20_000


def test_costs_follow_ranges_not_members() -> None:
    everything, half = UidSet([(1, MAX_NUMBER)]), UidSet([(1, 2**31)])
    begun = time.process_time()
    for _ in range(1_000):
        assert len(everything - half) == MAX_NUMBER - 2**31
        assert 2**32 - 5 in everything
        assert (everything & half) == half
    assert time.process_time() - begun < 2


@given(st.lists(NUMBERS, max_size=5))
def test_many_sets_become_one(parts: list[set[int]]) -> None:
    assert UidSet.joined(UidSet.from_iterable(each) for each in parts) == UidSet.from_iterable(set().union(*parts))


@given(NUMBERS, st.integers(-2, MAX_NUMBER + 2), st.integers(-2, MAX_NUMBER + 2))
def test_a_beginning_and_an_end_may_lie_beyond_all_numbers(numbers: set[int], first: int, last: int) -> None:
    """The UID behind the largest one is where new messages would begin: there are none."""
    inside = UidSet.from_iterable(numbers) & UidSet.beginning(first, last)
    assert set(inside) == {each for each in numbers if first <= each <= last}
    assert not UidSet.beginning(MAX_NUMBER + 1)


@pytest.mark.parametrize(
    ("text", "numbers"), [("1,x,3", {1, 3}), ("0,2:1,99999999999", {1, 2}), ("3,+4,1_0, 5,٣", {3}), ("", set())]
)
def test_what_is_illegible_of_a_set_is_passed_over(text: str, numbers: set[int]) -> None:
    assert set(UidSet.from_legible(text)) == numbers


@pytest.mark.parametrize("text", ["1," * MOST_PARTS + "1", "x," * 2 * MOST_ILLEGIBLE, "1:" + "2," * MOST_PARTS + "9"])
def test_a_set_without_measure_is_not_read(text: str) -> None:
    with pytest.raises(LimitExceeded, match="in one set"):
        UidSet.from_legible(text)


def test_the_largest_set_is_read_at_once() -> None:
    """Processor time of this thread: what else the machine does is not in it. It takes a twentieth of this."""
    text = ",".join(f"{first}:{first + 1}" for first in range(1, 4 * MOST_PARTS, 4))
    began = time.thread_time()
    assert len(UidSet.from_string(text)) == 2 * MOST_PARTS
    assert time.thread_time() - began < 1.0
