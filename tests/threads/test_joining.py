from __future__ import annotations

from itertools import permutations

from postroom.mail.identity.links import Links
from postroom.threads.joining import join

A, B, C, D, X = 1, 2, 3, 4, 9


def links(*chain: int, thread: int | None = None) -> Links:
    return Links(chain[-1] if chain else None, 10, thread, chain)


def test_a_reply_joins_the_thread_of_what_it_answers() -> None:
    joined = join([links(A), links(A, B), links(B, C)], {})
    assert joined.threads == (A, A, A)
    assert joined.names == {A: A, B: A, C: A}
    assert joined.joins == {}


def test_replies_are_together_before_their_parent_comes() -> None:
    assert join([links(A, B), links(A, C)], {}).threads == (A, A)


def test_a_late_parent_joins_two_threads_and_the_older_ancestor_goes_on() -> None:
    first = join([links(B, C)], {})
    assert first.threads == (B,)
    second = join([links(A)], first.names)
    third = join([links(A, B)], first.names | second.names)
    assert third.threads == (A,)
    assert third.joins == {B: A}


def test_joins_within_one_batch_count_for_its_first_messages_too() -> None:
    joined = join([links(B, C), links(X), links(X, D), links(A, X), links(A, B)], {})
    assert joined.threads == (X, X, X, X, X) or len(set(joined.threads)) == 1
    assert set(joined.names.values()) == {joined.threads[0]}


def test_in_every_order_the_messages_are_one_thread() -> None:
    family = [links(A), links(A, B), links(B, C), links(C, D), links(X, D, 7)]
    for order in permutations(family):
        joined = join(order, {})
        assert len(set(joined.threads)) == 1, order


def test_the_thread_of_the_server_stands() -> None:
    joined = join([links(thread=77), Links(None, 0, None, ())], {})
    assert joined.threads == (77, 0)
    assert (joined.names, joined.joins) == ({}, {})
