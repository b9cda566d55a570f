"""Work done at the same time fails as one piece of work would."""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from postroom.errors import StorageUnavailable
from postroom.tasks import SMALL, aside, ended, loaded, to_its_end, together


async def after(turns: int, result: str | Exception) -> str:
    for _ in range(turns):
        await asyncio.sleep(0)
    if isinstance(result, Exception):
        raise result
    return result


async def test_results_come_in_the_order_of_the_works() -> None:
    assert await together(after(5, "slow"), after(0, "quick")) == ["slow", "quick"]
    assert await together() == []


async def test_the_first_failure_comes_out_as_itself_and_ends_the_rest() -> None:
    hanging = asyncio.Event()
    ended = False

    async def hang() -> str:
        nonlocal ended
        try:
            await hanging.wait()
        finally:
            ended = True
        return ""

    failure = StorageUnavailable("away")
    with pytest.raises(StorageUnavailable) as caught:
        await together(hang(), after(3, ValueError("later")), after(1, failure))
    assert caught.value is failure
    assert ended


async def test_a_failure_inside_of_a_failure_is_not_wrapped_either() -> None:
    async def nested() -> str:
        return (await together(after(1, StorageUnavailable("away"))))[0]

    with pytest.raises(StorageUnavailable):
        await together(nested(), after(9, ""))


async def test_who_is_cancelled_meanwhile_is_cancelled() -> None:
    task = asyncio.ensure_future(together(after(1000, ""), after(1000, "")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_end_of_a_task_is_waited_for_however_often_the_wait_is_cancelled() -> None:
    may_end = asyncio.Event()
    task = asyncio.create_task(may_end.wait())
    waiting = asyncio.create_task(ended(task))
    for _ in range(2):
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert task.result() is True


async def test_the_end_of_a_task_is_all_that_is_waited_for() -> None:
    task = asyncio.create_task(after(1, ValueError("its own")))
    await ended(task)
    assert isinstance(task.exception(), ValueError)


@pytest.mark.parametrize(("items", "beside"), [(SMALL, False), (SMALL + 1, True)])
async def test_small_work_is_done_at_once_and_large_work_beside_the_loop(items: int, beside: bool) -> None:
    assert (await aside(items, threading.get_ident) == threading.get_ident()) is not beside
    with pytest.raises(ZeroDivisionError):
        await aside(items, lambda: 1 // 0)


async def test_work_goes_on_to_its_end_when_the_caller_leaves() -> None:
    done: list[str] = []

    async def work() -> str:
        done.append(await after(5, "done"))
        return "result"

    assert await to_its_end(work()) == "result"
    caller = asyncio.ensure_future(to_its_end(work()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert done == ["done", "done"]


async def test_the_failure_of_the_work_is_that_of_the_call() -> None:
    with pytest.raises(StorageUnavailable):
        await to_its_end(after(2, StorageUnavailable("away")))


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that notes the thread which loads it, and is loaded only after the loop had a turn."""
    name = f"library_of_{tmp_path.name}"
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / f"{name}.py").write_text(
        "import threading\nfrom tests import test_tasks\nHAD_A_TURN = test_tasks.turn.wait(30)\n"
        "THREAD = threading.current_thread()\n"
    )
    turn.clear()
    yield name
    sys.modules.pop(name, None)


turn = threading.Event()


async def test_the_loop_goes_on_while_a_module_is_loaded(library: str) -> None:
    waiting = [asyncio.ensure_future(loaded(library)) for _ in range(2)]
    while library not in sys.modules:
        await asyncio.sleep(0.001)
    # It is in `sys.modules` but not whole, and who asks now has to wait, too.
    waiting.append(asyncio.ensure_future(loaded(library)))
    await asyncio.sleep(0.01)
    assert not any(each.done() for each in waiting)
    turn.set()
    await asyncio.gather(*waiting)
    assert sys.modules[library].HAD_A_TURN
    assert sys.modules[library].THREAD is not threading.current_thread()


async def test_a_module_that_cannot_be_loaded_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"missing_of_{tmp_path.name}"
    monkeypatch.syspath_prepend(tmp_path)
    for _ in range(2):
        with pytest.raises(ModuleNotFoundError):
            await loaded(name)
    (tmp_path / f"{name}.py").touch()
    # Like any import, it looks at the folder again once the folder has changed.
    importlib.invalidate_caches()
    await loaded(name)
    assert sys.modules.pop(name)
