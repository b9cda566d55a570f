"""Slots for sign-ins: bounds, order, fairness between hosts, pauses, cancellation."""

from __future__ import annotations

import asyncio

import pytest

from postroom.connections.failures import ConnectionFailed, Failure, SignInRefused
from postroom.connections.limits import SignInPacing
from tests.fakes.waiting import eventually


async def settle() -> None:
    """Let every ready task run."""
    for _ in range(10):
        await asyncio.sleep(0)


class Crowd:
    """Tasks that each hold a slot until told to leave; `inside` lists who holds one, in order of entry."""

    def __init__(self, pacing: SignInPacing, tasks: asyncio.TaskGroup) -> None:
        self.pacing = pacing
        self.tasks = tasks
        self.entered: list[str] = []
        self.doors: dict[str, asyncio.Event] = {}

    def join(self, host: str, name: str) -> asyncio.Task[None]:
        self.doors[name] = asyncio.Event()
        return self.tasks.create_task(self._hold(host, name))

    async def _hold(self, host: str, name: str) -> None:
        async with self.pacing.sign_in(host):
            self.entered.append(name)
            await self.doors[name].wait()

    def leave(self, *names: str) -> None:
        for name in names:
            self.doors[name].set()


async def test_a_host_has_so_many_slots_given_in_order() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(per_host=2, total=10), tasks)
        for name in "abcd":
            crowd.join("Imap.Example", name)
        await settle()
        assert crowd.entered == ["a", "b"]
        assert crowd.pacing.waiting("imap.example") == 2
        crowd.leave("b")
        await settle()
        assert crowd.entered == ["a", "b", "c"]
        crowd.leave(*"acd")
    assert crowd.entered == ["a", "b", "c", "d"]
    assert crowd.pacing.active == 0


async def test_a_crowded_host_does_not_starve_the_others() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(per_host=10, total=2), tasks)
        for number in range(6):
            crowd.join("big.example", f"big{number}")
        await settle()
        crowd.join("small.example", "small")
        await settle()
        assert crowd.entered == ["big0", "big1"]
        crowd.leave("big0")
        await settle()
        crowd.leave("big1")
        await settle()
        assert "small" in crowd.entered[:4]
        crowd.leave(*crowd.doors)


async def test_a_cancelled_waiter_leaves_the_queue_and_a_cancelled_holder_its_slot() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(per_host=1, total=1), tasks)
        holder, waiter, _ = (crowd.join("imap.example", name) for name in "abc")
        await settle()
        waiter.cancel()
        await settle()
        holder.cancel()
        await settle()
        assert crowd.entered == ["a", "c"]
        crowd.leave("c")


async def test_a_slot_granted_in_the_moment_of_cancellation_is_given_back() -> None:
    async with asyncio.TaskGroup() as tasks:
        crowd = Crowd(SignInPacing(per_host=1, total=1), tasks)
        crowd.join("imap.example", "a")
        await settle()
        waiter = crowd.join("imap.example", "b")
        await settle()
        crowd.leave("a")
        await asyncio.sleep(0)
        waiter.cancel()
        await settle()
        assert crowd.pacing.active == 0


def turned_away(retry_after: float | None, *, host_wide: bool = True) -> ConnectionFailed:
    return ConnectionFailed(
        Failure("connection", "login", "LIMIT", "Too many", "Wait.", retry_after, "NO", host_wide=host_wide)
    )


async def test_a_host_that_complains_gets_a_pause_and_others_do_not() -> None:
    pacing = SignInPacing(per_host=5, total=5)
    with pytest.raises(ConnectionFailed):
        async with pacing.sign_in("busy.example"):
            raise turned_away(0.2)
    start = asyncio.get_running_loop().time()
    async with pacing.sign_in("other.example"):
        assert asyncio.get_running_loop().time() - start < 0.1
    async with pacing.sign_in("busy.example"):
        assert asyncio.get_running_loop().time() - start >= 0.19


async def test_a_complaint_about_one_account_pauses_nobody() -> None:
    pacing = SignInPacing(per_host=5, total=5)
    with pytest.raises(ConnectionFailed):
        async with pacing.sign_in("busy.example"):
            raise turned_away(60, host_wide=False)
    with pytest.raises(SignInRefused):
        async with asyncio.timeout(1), pacing.sign_in("busy.example"):
            raise SignInRefused(Failure("authentication", "login", "AUTHENTICATIONFAILED", "No", "Check."))


async def test_pauses_in_a_row_grow_and_a_success_forgets_them() -> None:
    pacing = SignInPacing(per_host=5, total=5)
    loop = asyncio.get_running_loop()
    waits = []

    async def try_once(*, complaint: bool) -> None:
        start = loop.time()
        async with pacing.sign_in("busy.example"):
            waits.append(loop.time() - start)
            if complaint:
                raise turned_away(0.05)

    for _ in range(3):
        with pytest.raises(ConnectionFailed):
            await try_once(complaint=True)
    await try_once(complaint=False)
    assert waits[0] < 0.3
    assert waits[1] >= 0.045
    assert waits[2] >= 0.095
    assert waits[3] >= 0.195
    with pytest.raises(ConnectionFailed):
        await try_once(complaint=True)
    await try_once(complaint=False)
    assert waits[4] < 0.3
    assert 0.045 <= waits[5] < 0.3


async def test_complaints_of_one_moment_count_once() -> None:
    pacing = SignInPacing(per_host=5, total=5)
    for _ in range(4):
        pacing.pause("busy.example", 0.05)
    start = asyncio.get_running_loop().time()
    async with pacing.sign_in("busy.example"):
        assert asyncio.get_running_loop().time() - start < 0.2


async def test_quiet_hosts_are_forgotten() -> None:
    pacing = SignInPacing(per_host=1, total=1)
    for number in range(100):
        async with pacing.sign_in(f"host{number}.example"):
            pass
    await eventually(lambda: len(pacing._hosts) == 0, what="no host is remembered")


async def test_who_cannot_wait_is_told_why_and_leaves_no_trace() -> None:
    pacing = SignInPacing(per_host=1, total=1)
    async with pacing.sign_in("Busy.example"):
        with pytest.raises(ConnectionFailed) as caught:
            async with pacing.sign_in("busy.example", 0.05):
                pytest.fail("there is no slot")
        assert (caught.value.failure.code, caught.value.failure.retry_after) == ("EBUSYHERE", None)
    async with pacing.sign_in("busy.example", 0.05):
        assert pacing.active == 1
    pacing.pause("busy.example", 60)
    with pytest.raises(ConnectionFailed) as caught:
        async with pacing.sign_in("busy.example", 0.05):
            pytest.fail("the host is left alone")
    assert caught.value.failure.code == "EHOSTPAUSED"
    assert 50 < (caught.value.failure.retry_after or 0) <= 60
    assert pacing.active == 0
    # Waiting in vain is no complaint of the host: its pause does not grow.
    assert pacing._hosts["busy.example"].pauses == 1
