from __future__ import annotations

import struct

from postroom.threads.names import append, bucket_of, by_bucket, find


def test_a_name_is_found_in_any_part() -> None:
    parts = append(b"", {name: name * 2 for name in range(1, 300)})
    assert [len(part) // 16 for part in parts] == [120, 120, 59]
    assert all(find(parts, name) == name * 2 for name in (1, 120, 121, 299))
    assert find(parts, 300) is None


def test_a_thread_is_not_taken_for_a_name() -> None:
    assert find(append(b"", {1: 2}), 2) is None


def test_octets_across_two_numbers_are_not_taken_for_a_name() -> None:
    octets = struct.pack("<qq", 0x0102030405060708, 0x1112131415161718)
    across = struct.unpack("<q", octets[3:11])[0]
    assert find([octets], across) is None
    assert find([octets, struct.pack("<qq", across, 9)], across) == 9


def test_a_new_name_goes_into_the_last_part() -> None:
    first = append(b"", {1: 1})[0]
    assert append(first, {2: 2}) == [first + struct.pack("<qq", 2, 2)]


def test_negative_names_have_buckets_too() -> None:
    assert bucket_of(-1) == 255
    assert by_bucket([-1, 256, 0]) == {0: [256, 0], 255: [-1]}
