"""How many streams a process serves by what the operator allows and what there is."""

from __future__ import annotations

import pytest

from postroom.access.tokens import Token
from postroom.streaming.seats import StreamShares, holder_of


@pytest.mark.parametrize(
    ("connections", "most", "each", "expected"),
    [
        (2000, 1000, 100, (1000, 100)),
        (2000, 10, 3, (10, 3)),
        (128, 1000, 100, (64, 16)),
        (32, 1000, 100, (16, 4)),
        (1, 1000, 100, (1, 1)),
    ],
)
def test_streams_leave_connections_for_all_else(
    connections: int, most: int, each: int, expected: tuple[int, int]
) -> None:
    shares = StreamShares.within(connections, most, each)
    assert (shares.most, shares.each) == expected


def token(**fields: object) -> Token:
    return Token(**{"id": "t1", "description": "", "scopes": ("*",), "created_at": 0, **fields})  # type: ignore[arg-type]


def test_all_tokens_of_an_account_are_counted_together() -> None:
    one, other = token(id="t1", account="a", account_key=7), token(id="t2", account="a", account_key=7)
    assert holder_of(one).counted == holder_of(other).counted
    assert holder_of(one).token == "t1"
    assert holder_of(one).is_bound


def test_only_full_access_makes_an_operator() -> None:
    assert holder_of(token()).is_operator
    assert not holder_of(token(account="a", account_key=7)).is_operator
    assert holder_of(token()).counted != holder_of(token(id="t2")).counted
