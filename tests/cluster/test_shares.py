"""The shares of nodes: they hold everything, come to rest, and move no more than they must."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postroom.cluster.shares import Member, fair_share, room, surplus

pytestmark = pytest.mark.long

RATE = 10
CLUSTERS = st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=7)


def cluster(counts: list[tuple[int, bool]]) -> list[Member]:
    return [Member(f"n{number}", count, draining) for number, (count, draining) in enumerate(counts)]


def round_of(members: list[Member], free: int) -> tuple[list[Member], int, int]:
    """One second: each node hands over by what it saw at its begin, then each claims; return the moves as well."""
    seen, seen_free, moves = list(members), free, 0
    for number, each in enumerate(seen):
        given_away = min(RATE, surplus(each.node, seen, seen_free))
        members[number] = replace(each, accounts=(each.accounts or 0) - given_away)
        free, moves = free + given_away, moves + given_away
    for number, each in enumerate(members):
        taken = room(each.node, members, free)
        members[number] = replace(each, accounts=(each.accounts or 0) + taken)
        free -= taken
    return members, free, moves


@given(CLUSTERS, st.integers(0, 500))
def test_everything_is_claimed_and_comes_to_rest_with_the_fewest_moves(
    counts: list[tuple[int, bool]], free: int
) -> None:
    members = cluster(counts)
    takers = [each for each in members if not each.draining]
    share = fair_share(members, free)
    total = free + sum(each.accounts or 0 for each in members)
    too_many = sum(max(0, (each.accounts or 0) - (0 if each.draining else share)) for each in members)
    moved = 0
    for _ in range(400):
        members, free, moves = round_of(members, free)
        moved += moves
        assert moves <= RATE * len(members)
        assert free + sum(each.accounts or 0 for each in members) == total
    if not takers:
        assert moved == 0, "nobody could take them"
        return
    assert free == 0
    assert moved <= too_many, "an account moved that need not have"
    assert all(surplus(each.node, members, 0) == 0 for each in members), "it goes on for ever"
    slack = max(1, share // 20)
    assert all((each.accounts or 0) <= (0 if each.draining else share + slack) for each in members)


def test_a_version_that_does_not_tell_takes_no_part() -> None:
    members = [Member("new", 10), Member("old", None)]
    assert surplus("new", members, 0) == 0
    assert room("new", members, 4) == 4
    assert room("old", members, 4) == 0


def test_a_node_that_is_not_on_the_list_does_nothing() -> None:
    assert room("gone", [Member("here", 1)], 5) == 0
    assert surplus("gone", [Member("here", 1)], 5) == 0
