"""How long failed attempts make others wait."""

from __future__ import annotations

from postroom.access.admins.delays import origins, wait_ms
from postroom.access.admins.model import Browser


def test_a_few_failures_cost_nothing_and_then_the_wait_doubles() -> None:
    waits = [wait_ms("address:192.0.2.1", failures) for failures in range(1, 9)]
    assert waits == [0, 0, 0, 0, 1000, 2000, 4000, 8000]


def test_every_wait_has_an_end() -> None:
    assert wait_ms("address:192.0.2.1", 10**9) == 900_000
    assert wait_ms("device:x", 10**9) == 300_000
    # Strangers at many addresses cannot keep the operator out: a new browser waits seconds at most.
    assert wait_ms("everyone", 20) == 0
    assert wait_ms("everyone", 10**9) == 10_000


def test_a_known_browser_is_judged_by_its_own_failures() -> None:
    assert origins(Browser("192.0.2.1"), "192.0.2.1") == ("address:192.0.2.1", "everyone")
    assert origins(Browser("192.0.2.1", device="x"), "192.0.2.1") == ("device:x",)
