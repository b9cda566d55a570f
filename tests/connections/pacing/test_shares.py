"""The shares of hosts by how they behaved."""

from __future__ import annotations

import itertools

import pytest

from postroom.connections.pacing.shares import Shares, Standing


@pytest.mark.parametrize(
    ("standing", "at_host", "in_all"),
    [(Standing.ANSWERS, 24, 100), (Standing.UNKNOWN, 4, 75), (Standing.SILENT, 1, 25)],
)
def test_the_share_depends_on_how_the_host_behaved(standing: Standing, at_host: int, in_all: int) -> None:
    shares = Shares(per_host=24, total=100)
    assert (shares.at_host(standing), shares.in_all(standing)) == (at_host, in_all)


@pytest.mark.parametrize(("per_host", "total"), list(itertools.product((1, 2, 3), (1, 2, 3, 4, 5))))
def test_however_little_there_is_every_kind_has_something(per_host: int, total: int) -> None:
    shares = Shares(per_host, total)
    for standing in Standing:
        assert 1 <= shares.at_host(standing) <= per_host
        assert 1 <= shares.in_all(standing) <= total


def test_of_connections_the_same_parts_are_held_at_most() -> None:
    shares = Shares(per_host=24, total=100, connections=78)
    assert [shares.held_by(each) for each in Standing] == [None, 59, 19]
    assert [Shares(24, 100).held_by(each) for each in Standing] == [None, None, None]


def test_shares_can_be_equal() -> None:
    shares = Shares(per_host=24, total=100, equal=True)
    assert {(shares.at_host(each), shares.in_all(each)) for each in Standing} == {(24, 100)}
