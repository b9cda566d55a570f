"""Runs a program until it ends or a signal stops it: SIGTERM and Ctrl-C begin an orderly stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop

from postroom.connections.sockets.event_loop import EventLoop
from postroom.log import get_logger

log = get_logger("postroom")

_STOPPING = (signal.SIGTERM, signal.SIGINT)


def run_until_stopped(work: Coroutine[Any, Any, None], stopping: Callable[[], None] = lambda: None) -> None:
    """Run `work` to its end. A signal cancels it and waits for its cleanup; a second signal ends the process at once.

    `stopping` is called at the first signal.
    """
    uvloop.run(_until_signal(work, stopping), loop_factory=EventLoop)


async def _until_signal(work: Coroutine[Any, Any, None], stopping: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    asked = False

    def stop(by: signal.Signals) -> None:
        nonlocal asked
        asked = True
        log.info("stopping in order", signal=by.name, pid=os.getpid())
        stopping()
        for number in _STOPPING:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        if main is not None:
            main.cancel()

    for number in _STOPPING:
        loop.add_signal_handler(number, stop, number)
    try:
        await work
    except asyncio.CancelledError:
        if not asked:
            raise
