"""Waiters: no hint is lost, whenever it comes."""

from __future__ import annotations

import asyncio

import pytest

from postroom.storage.wakeups import Wakeups


async def test_hints_given_before_the_wait_are_not_lost() -> None:
    wakeups = Wakeups()
    waiter = wakeups.subscribe("a")
    wakeups.publish([("a", "1"), ("a", "2"), ("b", "3")])
    assert await waiter.wait(0) == {"1", "2"}
    assert await waiter.wait(0) == set()


async def test_a_waiting_loop_is_woken() -> None:
    wakeups = Wakeups()
    waiter = wakeups.subscribe("a")
    waiting = asyncio.ensure_future(waiter.wait(5))
    await asyncio.sleep(0)
    wakeups.publish([("a", "1")])
    assert await waiting == {"1"}


async def test_time_runs_out_without_a_hint() -> None:
    waiter = Wakeups().subscribe("a")
    assert await waiter.wait(0.01) == set()


async def test_a_hint_after_the_time_ran_out_is_there_for_the_next_wait() -> None:
    wakeups = Wakeups()
    waiter = wakeups.subscribe("a")
    await waiter.wait(0.01)
    wakeups.publish([("a", "1")])
    assert await waiter.wait(0.01) == {"1"}


async def test_every_waiter_of_a_topic_is_told() -> None:
    wakeups = Wakeups()
    waiters = [wakeups.subscribe("a") for _ in range(3)]
    wakeups.publish([("a", "1")])
    assert [await waiter.wait(0) for waiter in waiters] == [{"1"}] * 3


async def test_a_hint_after_a_cancelled_wait_is_there_for_the_next() -> None:
    wakeups = Wakeups()
    waiter = wakeups.subscribe("a")
    waiting = asyncio.ensure_future(waiter.wait(5))
    await asyncio.sleep(0)
    waiting.cancel()
    wakeups.publish([("a", "1")])
    with pytest.raises(asyncio.CancelledError):
        await waiting
    wakeups.publish([("a", "2")])
    assert await waiter.wait(5) == {"1", "2"}


async def test_a_waiter_can_be_told_of_a_topic_for_a_while() -> None:
    wakeups = Wakeups()
    waiter = wakeups.subscribe("a")
    wakeups.enlist("b", waiter)
    wakeups.publish([("a", "1"), ("b", "2")])
    assert waiter.take() == {"1", "2"}
    wakeups.unsubscribe("b", waiter)
    wakeups.publish([("a", "1"), ("b", "2")])
    assert waiter.take() == {"1"}


def test_a_topic_that_one_engine_would_not_carry_is_refused_on_both() -> None:
    with pytest.raises(ValueError, match="'two words'"):
        Wakeups().subscribe("two words")
