"""Searches that name many messages, in pieces that fit into a command."""

from __future__ import annotations

import pytest

from postroom.imap.sets import UidSet
from postroom.mailboxes.failures import UnsupportedSearchTerm
from postroom.mailboxes.searching.pieces import LONGEST_LIST, MOST_PIECES, pieces
from postroom.mailboxes.searching.terms import Terms

MANY = ",".join(str(each) for each in range(1, 20_000, 2))


def test_ten_thousand_uids_are_cut_and_none_is_lost() -> None:
    cut = pieces(Terms(sets=(("uid", MANY),), texts=(("from", "ann"),)))
    texts = [text for each in cut for _, text in each.sets]
    assert len(texts) > 10
    assert max(map(len, texts)) <= LONGEST_LIST
    assert UidSet.joined(map(UidSet.from_string, texts)) == UidSet.from_string(MANY)
    assert all(each.texts == (("from", "ann"),) for each in cut)


def test_a_list_of_ids_is_cut_and_an_empty_one_stays() -> None:
    ids = tuple(f"M{each:060}" for each in range(1000))
    cut = pieces(Terms(email_ids=ids))
    assert sum((each.email_ids or () for each in cut), ()) == ids
    assert max(sum(len(one) + len("OR X-GM-MSGID  ") for one in each.email_ids or ()) for each in cut) <= LONGEST_LIST
    assert pieces(Terms(email_ids=())) == [Terms(email_ids=())]
    assert pieces(Terms()) == [Terms()]


def test_two_long_sets_are_combined() -> None:
    cut = pieces(Terms(sets=(("seq", MANY[:5000]), ("uid", MANY[:5000]))))
    assert len(cut) == len({each.sets for each in cut}) == 4


@pytest.mark.parametrize(
    ("terms", "key"),
    [
        (Terms(unlike=(Terms(either=(Terms(sets=(("uid", MANY),)),)),)), "uid"),
        (Terms(either=(Terms(email_ids=("x" * 200,) * 100),)), "emailIds"),
        (Terms(sets=(("seq", MANY), ("uid", MANY)), email_ids=("x" * 200,) * 100), "uid"),
    ],
)
def test_what_cannot_be_cut_is_refused(terms: Terms, key: str) -> None:
    with pytest.raises(UnsupportedSearchTerm) as caught:
        pieces(terms)
    assert caught.value.key == key
    assert MOST_PIECES < 12 * 12 * 6
