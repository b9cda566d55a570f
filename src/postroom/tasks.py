"""Work in tasks: what is done at the same time fails as itself, and the end of a task is waited for whatever comes."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def ended(task: asyncio.Task[Any]) -> None:
    """Wait for the end of a task, also when this wait is itself cancelled meanwhile, even twice.

    The cancellation takes effect afterwards; what the task returned or raised is not looked at.
    """
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


async def together(*works: Coroutine[Any, Any, T]) -> list[T]:
    """Do all of it at the same time; return the results in order.

    The first failure ends the others and is raised: whoever calls can tell errors apart by their kind, as if there were
    one piece of work alone.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as failures:
        # In the order in which they happened.
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
