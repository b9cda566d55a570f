"""Which searches are kept, for how long, and which make room for others."""

from __future__ import annotations

from dataclasses import replace

from postroom.mailboxes.searching.all_folders.everywhere import Everywhere
from postroom.mailboxes.searching.all_folders.kept import KEPT_FOR, KeptSearches, SearchKey
from postroom.mailboxes.searching.all_folders.rows import FoundRow, FoundRows
from postroom.mailboxes.searching.terms import Terms


def result(rows: int) -> Everywhere:
    return Everywhere((1, 1), FoundRows([[FoundRow(each, 1, each) for each in range(rows)]]), rows, {}, ())


def key(account: int = 1, revision: int = 1, text: str = "x") -> SearchKey:
    return SearchKey(account, revision, Terms(texts=(("from", text),)))


def test_a_search_is_found_until_its_time_is_over() -> None:
    kept, made = KeptSearches(), result(1)
    kept.keep(key(), made, 100.0)
    assert kept.find(key(), 100.0 + KEPT_FOR) is made
    assert kept.find(key(), 101.0 + KEPT_FOR) is None


def test_a_search_that_began_too_early_is_not_found() -> None:
    kept, made = KeptSearches(), replace(result(1), begun=1000)
    kept.keep(key(), made, 0.0)
    assert (kept.find(key(), 0.0, 1000), kept.find(key(), 0.0, 1001)) == (made, None)


def test_another_search_account_or_registration_is_not_the_same() -> None:
    kept = KeptSearches()
    kept.keep(key(), result(1), 0.0)
    assert [kept.find(each, 0.0) for each in (key(text="y"), key(account=2), key(revision=2))] == [None] * 3


def test_the_oldest_results_make_room() -> None:
    kept, newer = KeptSearches(most_rows=5), result(3)
    kept.keep(key(1), result(3), 0.0)
    kept.keep(key(2), newer, 1.0)
    assert (kept.find(key(1), 1.0), kept.find(key(2), 1.0)) == (None, newer)
    kept.keep(key(3), result(6), 2.0)
    assert (kept.find(key(2), 2.0), kept.find(key(3), 2.0)) == (None, None)


def test_results_without_rows_are_bounded_too() -> None:
    kept = KeptSearches()
    for number in range(101):
        kept.keep(key(number), result(0), 0.0)
    assert [kept.find(key(number), 0.0) is None for number in (0, 1, 100)] == [True, False, False]
