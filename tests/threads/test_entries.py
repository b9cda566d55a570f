from __future__ import annotations

from postroom.threads.entries import CHUNK, Entry, by_chunk, chunk_of, pack, packed_name, unpack


def test_what_is_packed_is_unpacked() -> None:
    entries = {CHUNK * 3: Entry(-5, 7, 0), CHUNK * 3 + 255: Entry(2**63 - 1, -(2**63), 2**32 - 1)}
    data = pack(entries)
    assert unpack(3, data) == entries
    assert len(data) == 42
    assert packed_name(-5) in data


def test_a_size_beyond_the_field_is_the_largest() -> None:
    assert unpack(0, pack({1: Entry(1, 1, 2**40)}))[1].size == 2**32 - 1


def test_nothing_is_nothing() -> None:
    assert pack({}) == b""
    assert unpack(0, b"") == {}


def test_uids_by_chunk() -> None:
    assert by_chunk([1, 255, 256]) == {0: {1, 255}, 1: {256}}
    assert chunk_of(2**32 - 1) == 2**24 - 1
