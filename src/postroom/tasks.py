"""Runs work in tasks and in a thread: failures keep their type, and tasks are awaited to their end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any, Final, TypeVar

T = TypeVar("T")

SMALL: Final = 10_000
"""Items that the loop's thread may process at once; each takes about a microsecond, so other work is not delayed."""

# A single thread, because each busy thread takes the interpreter from the loop for some of the time.
_BESIDE: Final = ThreadPoolExecutor(1, thread_name_prefix="aside")
_LOADED: Final[set[str]] = set()


async def aside(items: int, work: Callable[[], T]) -> T:
    """Return the result of `work` on `items` items; it runs in a thread when there are many.

    `work` must be pure. In the thread it takes as long as before, but the loop gets its turns meanwhile.
    """
    return work() if items <= SMALL else await asyncio.get_running_loop().run_in_executor(_BESIDE, work)


async def loaded(*modules: str) -> None:
    """Load modules in the thread, so that an import of them no longer holds up the loop. Raises ImportError.

    It is for libraries that are loaded when first needed: some take a tenth of a second of processor time and more.
    """
    # A module in `sys.modules` may still be on its way, and an import of it would make the loop wait.
    for module in modules:
        if module not in _LOADED:
            await asyncio.get_running_loop().run_in_executor(_BESIDE, import_module, module)
            _LOADED.add(module)


async def ended(task: asyncio.Task[Any]) -> None:
    """Wait for the end of a task, even when this wait is cancelled meanwhile, once or more often.

    The cancellation is raised afterwards. The result or exception of the task is ignored.
    """
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Return the result of `work`, which goes on even when the caller is cancelled.

    The cancellation is raised afterwards.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        await ended(task)
    finally:
        if task.done() and not task.cancelled():
            # A caller who left does not hear of a failure.
            task.exception()
    return task.result()


async def together(*works: Coroutine[Any, Any, T]) -> list[T]:
    """Run all at the same time; returns the results in order.

    The first failure cancels the others and is raised itself, so that callers can catch it by type.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseExceptionGroup as failures:
        # They are in the order in which they happened.
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
