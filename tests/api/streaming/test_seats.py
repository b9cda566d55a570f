"""How many streams a process serves by what the operator allows and what there is."""

from __future__ import annotations

import pytest

from postroom.api.streaming.seats import StreamShares


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
