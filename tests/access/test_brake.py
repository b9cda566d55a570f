"""Wrong tokens: counted by address, within bounds, told once a minute."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from postroom.access import brake
from postroom.access.brake import NAMED, WINDOW, Brake, TooManyWrongTokens, sender


class Clock:
    """A clock that moves only when told to, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def refused(counted: Brake, address: str | None, times: int = 1) -> list[float]:
    """Count wrong tokens; return how long those that were too many have to wait."""
    waits = []
    for _ in range(times):
        try:
            counted.count(address)
        except TooManyWrongTokens as error:
            waits.append(error.retry_after or 0.0)
    return waits


def test_an_address_that_sends_many_waits_for_the_end_of_its_minute_and_no_other_does() -> None:
    clock = Clock()
    counted = Brake(3, clock)
    assert refused(counted, "192.0.2.1", 3) == []
    clock.now += 20
    assert refused(counted, "192.0.2.1", 2) == [40.0, 40.0]
    assert refused(counted, "192.0.2.2", 3) == []
    clock.now += 40
    assert refused(counted, "192.0.2.1", 4) == [WINDOW]


def test_without_a_limit_nobody_waits() -> None:
    assert refused(Brake(0), "192.0.2.1", 5000) == []


def test_the_message_says_what_to_do_and_which_setting_it_is() -> None:
    counted = Brake(1)
    counted.count("192.0.2.1")
    with pytest.raises(TooManyWrongTokens, match=r"more than 1 wrong .* \(POSTROOM_WRONG_TOKEN_LIMIT\)"):
        counted.count("192.0.2.1")


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::/64"),
        ("nonsense" * 10_000, "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_by_what_an_address_is_counted(address: str | None, name: str) -> None:
    assert sender(address) == name


def test_the_memory_is_bounded_and_the_total_stays_true(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(brake, "REMEMBERED", 50)
    counted = Brake(10)
    for number in range(1000):
        counted.count(f"10.0.{number // 250}.{number % 250}")
        if number % 100 == 0:
            counted.count("192.0.2.1")
    assert len(counted._senders) == 50
    with capture_logs() as lines:
        counted.tell()
    (line,) = lines
    assert line["count"] == 1010


def test_the_log_is_told_how_many_and_from_where_and_nothing_twice() -> None:
    counted = Brake(60)
    with capture_logs() as lines:
        counted.tell()
        refused(counted, "192.0.2.1", 2000)
        for number in range(NAMED + 4):
            counted.count(f"198.51.100.{number}")
        counted.tell()
        counted.tell()
        counted.count("198.51.100.1")
        counted.tell()
    first, second = lines
    assert (first["event"], first["log_level"], first["count"]) == ("wrong access tokens", "warning", 2000 + NAMED + 4)
    assert (len(first["addresses"]), first["addresses"]["192.0.2.1"], first["elsewhere"]) == (NAMED, 2000, 5)
    assert (second["count"], second["addresses"], second["elsewhere"]) == (1, {"198.51.100.1": 1}, 0)
    assert second["log_level"] == "info"


async def test_what_came_last_is_told_when_the_gateway_stops() -> None:
    counted = Brake(60)
    with capture_logs() as lines:
        task = asyncio.get_running_loop().create_task(counted.run())
        await asyncio.sleep(0)
        counted.count("192.0.2.1")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert [line["count"] for line in lines] == [1]
