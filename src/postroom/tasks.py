"""Pieces of work done at the same time, whose first failure comes out as itself and not wrapped in a group."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


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
