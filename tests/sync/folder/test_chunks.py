"""What is known of a folder's messages."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.imap.sets import UidSet
from postroom.mail.flags import NO_FLAGS, Flags, normal_flags, normal_labels
from postroom.mail.limits import MOST_FLAGS
from postroom.sync.folder.chunks import (
    CHUNK_SIZE,
    Chunk,
    FlagChange,
    chunk_numbers,
    chunk_of,
    chunk_range,
    decode_chunk,
    difference,
    encode_chunk,
    keep_only,
    learn,
)
from postroom.sync.folder.plausible import MOST_NAMES

NUMBER = 3
FIRST = NUMBER * CHUNK_SIZE
flag_sets = st.frozensets(st.sampled_from(["\\Seen", "\\Flagged", "$Forwarded", "label:Büro"]), max_size=3)
folders = st.dictionaries(st.integers(FIRST, FIRST + CHUNK_SIZE - 1), flag_sets, max_size=40)


def contents(chunk: Chunk) -> dict[int, Flags]:
    return {uid: chunk.of(uid) for uid in chunk.uids}


@given(folders)
def test_bytes_round_trip(messages: dict[int, Flags]) -> None:
    chunk = chunk_of(messages)
    assert contents(decode_chunk(NUMBER, encode_chunk(chunk))) == messages


@given(folders, folders)
def test_a_difference_replayed_gives_the_new_state(old: dict[int, Flags], new: dict[int, Flags]) -> None:
    found = difference(chunk_of(old), chunk_of(new))
    replayed = {uid: flags for uid, flags in old.items() if uid not in found.gone}
    replayed |= {uid: new[uid] for uid in found.new}
    for change in found.changed:
        replayed[change.uid] = replayed[change.uid] - set(change.deleted) | set(change.added)
        assert frozenset(change.value) == new[change.uid]
        assert change.added or change.deleted
    assert replayed == new
    assert not set(found.new) & set(old)


@given(folders, folders, st.sets(st.integers(FIRST, FIRST + CHUNK_SIZE - 1)))
def test_told_piecemeal_or_compared_whole_the_outcome_is_the_same(
    old: dict[int, Flags], changes: dict[int, Flags], gone: set[int]
) -> None:
    after = {uid: flags for uid, flags in {**old, **changes}.items() if uid not in gone}
    told = {uid: flags for uid, flags in changes.items() if uid not in gone}
    removed = keep_only(chunk_of(old), UidSet.from_iterable(after))
    learned = learn(removed.after, told)
    whole = difference(chunk_of(old), chunk_of(after))
    assert contents(learned.after) == contents(whole.after) == after
    assert removed.gone == whole.gone
    assert not removed.new
    assert (learned.new, learned.changed) == (whole.new, whole.changed)


def test_a_change_names_what_came_and_what_went() -> None:
    before = chunk_of({5: frozenset({"\\Seen", "$Todo"}), 6: NO_FLAGS})
    found = learn(before, {5: frozenset({"\\Seen", "\\Flagged"})})
    assert found.changed == (FlagChange(5, ("\\Flagged",), ("$Todo",), ("\\Flagged", "\\Seen")),)
    assert learn(found.after, {5: frozenset({"\\Seen", "\\Flagged"})}).is_empty


def test_flags_are_compared_in_the_letters_of_the_rfc() -> None:
    assert normal_flags(["\\SEEN", "\\Recent", "$Work"]) == frozenset({"\\Seen", "$Work"})


def test_a_flag_that_comes_in_other_letters_is_the_same_flag() -> None:
    assert normal_flags(["$Label1", "$label1", "$LABEL1"]) == frozenset({"$LABEL1"})
    before = chunk_of({5: frozenset({"$Label1"}), 6: frozenset({"$label1", "\\Seen"})})
    assert set(before.flags) == {"$Label1", "\\Seen"}
    found = learn(before, {5: frozenset({"$label1"}), 6: frozenset({"$LABEL1"})})
    # What is told of a message is in the letters in which the flag is known.
    assert found.changed == (FlagChange(6, (), ("\\Seen",), ("$Label1",)),)
    assert learn(found.after, {5: frozenset({"$LABEL1"}), 7: frozenset({"$label1"})}).changed == ()
    # Gmail's labels are names of folders.
    labels = chunk_of({5: frozenset({"label:Work"})})
    assert learn(labels, {5: frozenset({"label:work"})}).changed[0].added == ("label:work",)


def test_what_was_stored_when_letters_counted_opens_and_nothing_changes_by_that() -> None:
    one, two = UidSet([(FIRST, FIRST)]), UidSet([(FIRST + 1, FIRST + 2)])
    stored = encode_chunk(Chunk(one | two, {"$Label1": one, "$label1": two, "NonJunk": two}))
    before = decode_chunk(NUMBER, stored)
    told = {FIRST: {"$label1"}, FIRST + 1: {"$LABEL1", "nonjunk"}, FIRST + 2: {"$Label1", "NONJUNK"}}
    found = learn(before, {uid: normal_flags(flags) for uid, flags in told.items()})
    assert found.is_empty
    change = learn(before, {FIRST + 2: normal_flags({"$Label1", "\\Seen"})}).changed
    assert change == (FlagChange(FIRST + 2, ("\\Seen",), ("NonJunk",), ("$Label1", "\\Seen")),)
    assert keep_only(before, one).changed == ()


def test_chunks_meet_without_gap_or_overlap() -> None:
    assert chunk_range(0).ranges == ((1, CHUNK_SIZE - 1),)
    assert chunk_range(1).ranges == ((CHUNK_SIZE, 2 * CHUNK_SIZE - 1),)
    assert list(chunk_numbers(UidSet([(1, 5), (8000, 9000), (4 * CHUNK_SIZE, 4 * CHUNK_SIZE)]))) == [0, 1, 4]
    assert len(chunk_range(2**32 - 1 >> 13)) == CHUNK_SIZE


@pytest.mark.long
def test_a_folder_of_a_million_messages_costs_kilobytes() -> None:
    # Real-looking: UIDs with a gap every hundred, most of it read, every fiftieth flagged.
    size = 0
    for number in range(1_000_000 // CHUNK_SIZE):
        base = max(number * CHUNK_SIZE, 1)
        messages = {
            uid: frozenset({"\\Seen"} if uid % 997 else ()) | frozenset({"\\Flagged"} if uid % 50 == 0 else ())
            for uid in range(base, (number + 1) * CHUNK_SIZE)
            if uid % 100
        }
        size += len(encode_chunk(chunk_of(messages)))
    assert size < 100_000


def test_the_worst_chunk_is_a_few_kilobytes() -> None:
    worst = {
        uid: frozenset({"\\Seen"} if uid % 4 == 0 else {"\\Flagged"}) for uid in range(FIRST, FIRST + CHUNK_SIZE, 2)
    }
    assert len(encode_chunk(chunk_of(worst))) < 4096


def test_flags_beyond_all_bounds_are_left_out_and_system_flags_are_not() -> None:
    kept = normal_flags({"\\Seen", "a\nb", "x" * 999, *(f"!{number:03}" for number in range(200))})
    assert kept == {"\\Seen", *(f"!{number:03}" for number in range(MOST_FLAGS - 1))}
    assert normal_labels([*map(str, range(1000, 1200)), "b\r", "1000"]) == [str(number) for number in range(1000, 1100)]


def test_a_chunk_knows_no_more_different_flags_than_so_many_and_says_the_same_each_time() -> None:
    told = {FIRST + number: frozenset({f"f{number:05}", "\\Seen"}) for number in range(MOST_NAMES + 500)}
    chunk = learn(Chunk(), told).after
    assert len(chunk.flags) == MOST_NAMES
    assert chunk.of(FIRST) == {"f00000", "\\Seen"}
    assert chunk.of(FIRST + MOST_NAMES) == {"\\Seen"}
    assert learn(chunk, told).is_empty


def test_the_worst_change_of_a_chunk_takes_no_second() -> None:
    """Processor time of this thread; it takes a fifth of this."""
    before = chunk_of({FIRST + at: frozenset({f"a{at % 400}", f"b{at % 399}"}) for at in range(CHUNK_SIZE)})
    after = chunk_of({FIRST + at: frozenset({f"a{at % 401}", f"b{at % 398}"}) for at in range(CHUNK_SIZE)})
    began = time.thread_time()
    assert len(difference(before, after).changed) > CHUNK_SIZE // 2
    assert time.thread_time() - began < 2.0
