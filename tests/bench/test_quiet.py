"""The order in which bare clients were told of messages that were delivered in turn."""

from __future__ import annotations

from bench.quiet import in_turn


def test_times_are_in_the_order_of_the_deliveries() -> None:
    assert in_turn([[1.0, 4.0], [2.0, 5.0], [3.0]]) == [1.0, 2.0, 3.0, 4.0, 5.0]
