"""Jobs: the caller gets the result or the failure, and nothing is done for a caller who left."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from postroom.storage.engines.job import Abandoned, Job
from postroom.storage.statements.connection import Connection

NO_CONNECTION = cast(Connection, None)


def job(result: Any = None) -> Job:
    return Job(lambda _conn: result, asyncio.get_running_loop().create_future())


async def test_the_caller_gets_the_result() -> None:
    done = job("stored")
    done.result = done.do(NO_CONNECTION)
    done.answer()
    assert await done.caller == "stored"


async def test_the_caller_gets_the_failure() -> None:
    failed = job()
    failed.failure = ValueError("no")
    failed.answer()
    with pytest.raises(ValueError, match="no"):
        await failed.caller


async def test_a_failure_that_a_future_does_not_take_is_told_all_the_same() -> None:
    failed = job()
    failed.failure = StopIteration()
    failed.answer()
    with pytest.raises(RuntimeError, match="StopIteration"):
        await failed.caller


async def test_nothing_is_done_or_told_after_the_caller_left() -> None:
    left = job("stored")
    left.caller.cancel()
    with pytest.raises(Abandoned):
        left.do(NO_CONNECTION)
    left.answer()
    assert left.caller.cancelled()
