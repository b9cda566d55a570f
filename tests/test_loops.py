"""The loop shape: hints, polls, wishes, failures, cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from structlog.testing import capture_logs

from postroom import loops
from postroom.errors import Permanent, PostroomError, StorageUnavailable, Transient, Unauthorized
from postroom.loops import Timer, fault_in, run_loop, run_once
from postroom.storage.wakeups import Waiter


@asynccontextmanager
async def looping(work: loops.Work, waiter: loops.WaitsForHints, poll: float) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(run_loop("test", work, waiter, poll))
    yield task
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not condition():
            await asyncio.sleep(0.002)


async def test_it_looks_at_everything_first_and_then_at_what_is_hinted() -> None:
    seen: list[set[str]] = []

    async def work(hints: set[str]) -> float | None:
        seen.append(hints)
        return None

    waiter = Waiter()
    async with looping(work, waiter, 60):
        await until(lambda: len(seen) == 1)
        waiter.hint("a")
        waiter.hint("b")
        await until(lambda: len(seen) == 2)
    assert seen == [set(), {"a", "b"}]


async def test_it_polls_without_hints() -> None:
    seen: list[set[str]] = []

    async def work(hints: set[str]) -> float | None:
        seen.append(hints)
        return None

    async with looping(work, Timer(), 0.01):
        await until(lambda: len(seen) >= 3)
    assert seen[:3] == [set(), set(), set()]


async def test_a_hinted_run_does_not_put_off_the_time_asked_for() -> None:
    seen: list[set[str]] = []

    async def work(hints: set[str]) -> float | None:
        seen.append(hints)
        return None if hints else 0.1

    waiter = Waiter()
    async with looping(work, waiter, 60):
        await until(lambda: len(seen) == 1)
        waiter.hint("a")
        await until(lambda: len(seen) == 3)
    assert seen == [set(), {"a"}, set()]


async def test_zero_means_at_once() -> None:
    left = 100

    async def work(_hints: set[str]) -> float | None:
        nonlocal left
        left -= 1
        return 0 if left > 0 else None

    async with looping(work, Waiter(), 60):
        await until(lambda: left == 0)


async def test_a_failure_is_logged_by_name_and_everything_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    seen: list[set[str]] = []

    async def work(hints: set[str]) -> float | None:
        seen.append(hints)
        if len(seen) == 2:
            raise ZeroDivisionError("the hinted run fails")
        return None

    waiter = Waiter()
    with capture_logs() as logs:
        async with looping(work, waiter, 60):
            await until(lambda: len(seen) == 1)
            waiter.hint("a")
            await until(lambda: len(seen) == 3)
    assert seen == [set(), {"a"}, set()]
    assert [(line["log_level"], line["loop"]) for line in logs] == [("error", "test")]


@pytest.mark.parametrize(
    ("error", "levels", "pauses"),
    [
        (ZeroDivisionError("a fault"), ["error"] * 4, [0.01, 0.02, 0.04, 0.05]),
        # What will come back by itself is looked for more often.
        (StorageUnavailable("The database is away."), ["warning", "debug", "debug", "debug"], [0.01, 0.02, 0.03, 0.03]),
    ],
)
async def test_pauses_grow_while_it_fails(
    monkeypatch: pytest.MonkeyPatch, error: Exception, levels: list[str], pauses: list[float]
) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(loops, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(loops, "LONGEST_WAIT", 0.03)

    async def work(_hints: set[str]) -> float | None:
        raise error

    with capture_logs() as logs:
        async with looping(work, Timer(), 60):
            await until(lambda: len(logs) >= 4)
    assert [line["pause"] for line in logs[:4]] == pauses
    assert [line["log_level"] for line in logs[:4]] == levels


@pytest.mark.parametrize(
    ("reminder", "told"),
    [
        (60.0, ["refused", "no password", "refused"]),
        (0.0, ["refused", "refused", "no password", "refused"]),
    ],
)
async def test_what_is_away_is_told_when_it_goes_when_it_says_something_else_and_now_and_then(
    monkeypatch: pytest.MonkeyPatch, reminder: float, told: list[str]
) -> None:
    monkeypatch.setattr(loops, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(loops, "REMINDER", reminder)
    said = ["refused", "refused", "no password", None, "refused", None]
    runs = 0

    async def work(_hints: set[str]) -> float | None:
        nonlocal runs
        now, runs = said[min(runs, len(said) - 1)], runs + 1
        if now is not None:
            raise StorageUnavailable(now)
        return 0.01

    with capture_logs() as logs:
        async with looping(work, Timer(), 60):
            await until(lambda: runs > len(said))
    assert [line["error"] for line in logs if line["log_level"] == "warning"] == told


async def test_cancellation_ends_it() -> None:
    async def work(_hints: set[str]) -> float | None:
        await asyncio.sleep(60)
        return None

    task = asyncio.create_task(run_loop("test", work, Timer(), 60))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_fault_in_a_part_is_logged_under_a_number() -> None:
    async def bad() -> None:
        raise ValueError("no")

    with capture_logs() as logs:
        incident = await fault_in("test", bad, account="a")
    (line,) = logs
    assert incident is not None
    assert (line["loop"], line["incident"], line["account"], line["exc_info"]) == ("test", incident, "a", True)


@pytest.mark.parametrize("kind", [Transient, Permanent, Unauthorized])
async def test_an_error_of_a_known_kind_in_a_part_is_the_callers(kind: type[PostroomError]) -> None:
    async def refused() -> None:
        raise kind("no")

    with capture_logs() as logs, pytest.raises(kind):
        await fault_in("test", refused)
    assert logs == []


async def test_run_once_says_how_it_ended() -> None:
    async def good() -> None:
        return None

    async def bad() -> None:
        raise ValueError("no")

    with capture_logs() as logs:
        assert await run_once("good", good)
        assert not await run_once("bad", bad)
    assert [line["loop"] for line in logs] == ["bad"]
