"""Work in tasks, and beside the loop: failures come out as they are, and no end is missed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

T = TypeVar("T")

SMALL: Final = 10_000
"""Items that the loop's own thread goes through without keeping others waiting, at about a microsecond each."""

# One thread: each that has work takes the interpreter from the loop for as long as the loop has it in between.
_BESIDE: Final = ThreadPoolExecutor(1, thread_name_prefix="aside")


async def aside(items: int, work: Callable[[], T]) -> T:
    """Return what `work` makes of so many items: at once, or beside the loop when there are too many.

    It must be pure. Beside the loop it takes no less time, but the loop gets its turns meanwhile.
    """
    return work() if items <= SMALL else await asyncio.get_running_loop().run_in_executor(_BESIDE, work)


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
