"""A set of UIDs as a sequence."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

import pytest

from postroom.imap.sets import MAX_NUMBER, UidSet
from postroom.mailboxes.searching.uids import UidSequence


def test_it_is_the_list_of_its_members() -> None:
    uids = UidSet([(1, 3), (7, 7), (10, 12)])
    sequence, plain = UidSequence(uids), list(uids)
    assert list(sequence) == plain
    assert len(sequence) == 7
    assert [sequence[each] for each in range(-7, 7)] == [plain[each] for each in range(-7, 7)]
    assert (sequence[-2:], sequence[2:5], sequence[5:2]) == (plain[-2:], plain[2:5], [])
    for uid in range(14):
        assert bisect_left(sequence, uid) == bisect_left(plain, uid)
        assert bisect_right(sequence, uid) == bisect_right(plain, uid)
    for outside in (7, -8):
        with pytest.raises(IndexError):
            sequence[outside]
    assert list(UidSequence(UidSet())) == []


def test_four_thousand_million_members_take_no_memory() -> None:
    sequence = UidSequence(UidSet([(1, MAX_NUMBER)]))
    assert (len(sequence), sequence[-2:]) == (MAX_NUMBER, [MAX_NUMBER - 1, MAX_NUMBER])
