"""Names are looked at in turn, found dead, kept for a while, and removed or taken back."""

from __future__ import annotations

import struct
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from postroom.threads.names import BUCKETS, find
from postroom.threads.sweeping import (
    DAY,
    KEPT_PERIODS,
    begin_of,
    buckets_of,
    day_of,
    is_ordinary,
    period_of,
    sweep,
    threads_in,
)

KEPT = {1: 100, 2: 100}
GONE = {3: 300, 4: 400}


def packed(names: dict[int, int]) -> bytes:
    return b"".join(struct.pack("<qq", name, thread) for name, thread in names.items())


def test_each_bucket_is_looked_at_once_in_a_period() -> None:
    days = [day for day in range(1000, 1100) if period_of(day) == 36]
    assert Counter(bucket for day in days for bucket in buckets_of(day)) == Counter(range(BUCKETS))
    assert max(len(buckets_of(day)) for day in days) == 9


@given(st.integers(1, 2**40), st.integers(1, 2**50))
def test_a_day_begins_once(key: int, now: int) -> None:
    day = day_of(now, key)
    assert begin_of(day, key) <= now < begin_of(day + 1, key) == begin_of(day, key) + DAY
    assert day_of(begin_of(day, key), key) == day


def test_accounts_begin_their_day_at_different_moments() -> None:
    assert len({begin_of(20_000, key) % DAY for key in range(1, 1000)}) > 990


def test_a_name_without_a_message_in_its_thread_is_kept_for_six_periods() -> None:
    first = sweep({0: packed(KEPT | GONE)}, {100}, {}, 50)
    assert threads_in(data for part, data in first.parts.items() if is_ordinary(part)) == {100}
    assert all(find(first.parts.values(), name) for name in KEPT | GONE)
    assert first.ended == frozenset()
    later = sweep(first.parts, {100}, {}, 50 + KEPT_PERIODS - 1)
    assert later.parts == first.parts
    last = sweep(later.parts, {100}, {}, 50 + KEPT_PERIODS)
    assert last.parts == {0: packed(KEPT)}
    assert last.ended == {300, 400}


def test_a_name_whose_thread_has_a_message_again_is_taken_back() -> None:
    first = sweep({0: packed(KEPT | GONE)}, {100}, {}, 50)
    back = sweep(first.parts, {100, 300}, {}, 60)
    assert back.parts == {0: packed(KEPT | {3: 300})}
    assert back.ended == {400}
    assert sweep(back.parts, {100}, {}, 61).ended == frozenset()


def test_a_name_of_a_joined_thread_lives_with_the_other() -> None:
    swept = sweep({0: packed({3: 300})}, {100}, {300: 100}, 50)
    assert swept.parts == {0: packed({3: 100})}


def test_what_lives_stays_as_it_is() -> None:
    parts = {0: packed(dict.fromkeys(range(1, 121), 100)), 1: packed({200: 100})}
    assert sweep(parts, {100}, {}, 50).parts == parts
    assert sweep({}, {100}, {}, 50).parts == {}
