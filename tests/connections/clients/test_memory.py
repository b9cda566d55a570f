"""One budget for what connections hold: who gets a share, who waits, and who has to let go."""

from __future__ import annotations

import asyncio

import pytest

from postroom.connections.clients import memory as module
from postroom.connections.clients.memory import Memory, memory_of
from postroom.imap.limits import LimitExceeded
from tests.fakes.waiting import eventually

MIB = 2**20


class Session:
    """A holder that remembers."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.received = 0
        self.grants = 0
        self.error: BaseException | None = None

    def granted(self) -> None:
        self.grants += 1

    def end(self, error: BaseException) -> None:
        self.error = error
        self.memory.hold(self, 0)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The looks follow one another without a pause."""
    monkeypatch.setattr(module, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(module, "_WINDOW", 0.05)


async def test_shares_are_granted_until_the_budget_is_used_up() -> None:
    memory = Memory(asyncio.get_running_loop(), 10 * MIB)
    first, second = Session(memory), Session(memory)
    assert memory.hold(first, 6 * MIB)
    assert not memory.hold(second, 6 * MIB)
    assert memory.left == 4 * MIB
    assert memory.hold(first, 0)
    assert (second.grants, memory.left) == (1, 4 * MIB)
    assert memory.hold(second, 0)
    assert memory.left == 10 * MIB


async def test_the_smallest_wish_comes_first() -> None:
    memory = Memory(asyncio.get_running_loop(), 10 * MIB)
    holder, large, small = (Session(memory) for _ in range(3))
    assert memory.hold(holder, 9 * MIB)
    assert not memory.hold(large, 8 * MIB)
    assert memory.hold(small, MIB)
    memory.hold(small, 0)
    assert not memory.hold(small, 2 * MIB)
    memory.hold(holder, 7 * MIB)
    assert (small.grants, large.grants) == (1, 0)


async def test_one_that_waits_and_ends_is_forgotten() -> None:
    memory = Memory(asyncio.get_running_loop(), MIB)
    holder, waiting = Session(memory), Session(memory)
    assert memory.hold(holder, MIB)
    assert not memory.hold(waiting, MIB)
    waiting.end(OSError())
    holder.end(OSError())
    assert (waiting.grants, memory.left) == (0, MIB)


@pytest.mark.usefixtures("quick")
async def test_one_that_does_not_go_on_has_to_let_go_when_others_wait() -> None:
    memory = Memory(asyncio.get_running_loop(), MIB)
    stalled, waiting = Session(memory), Session(memory)
    assert memory.hold(stalled, MIB)
    await asyncio.sleep(0.1)
    assert stalled.error is None
    assert not memory.hold(waiting, MIB)
    await eventually(lambda: waiting.grants)
    assert isinstance(stalled.error, LimitExceeded)
    assert "did not go on" in str(stalled.error)


@pytest.mark.usefixtures("quick")
async def test_one_that_goes_on_keeps_its_share() -> None:
    memory = Memory(asyncio.get_running_loop(), MIB)
    busy, waiting = Session(memory), Session(memory)
    assert memory.hold(busy, MIB)
    assert not memory.hold(waiting, MIB)
    for _ in range(300):
        busy.received += MIB
        await asyncio.sleep(0.001)
    assert (busy.error, waiting.grants) == (None, 0)
    memory.hold(busy, 0)
    assert waiting.grants == 1


@pytest.mark.usefixtures("quick")
async def test_where_all_wait_for_one_another_one_goes_on() -> None:
    memory = Memory(asyncio.get_running_loop(), 2 * MIB)
    first, second = Session(memory), Session(memory)
    assert memory.hold(first, MIB)
    assert memory.hold(second, MIB)
    assert not memory.hold(first, 3 * MIB)
    assert not memory.hold(second, 2 * MIB)
    await eventually(lambda: second.grants)
    assert (first.grants, first.error, second.error) == (0, None, None)
    assert memory.left < 0
    memory.hold(second, 0)
    memory.hold(first, 0)
    assert memory.left == 2 * MIB


async def test_there_is_one_for_a_loop() -> None:
    loop = asyncio.get_running_loop()
    assert memory_of(loop) is memory_of(loop)
