"""Runs a program until it ends or the system asks it to stop: SIGTERM and Ctrl-C begin an orderly stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

import uvloop

_STOPPING = (signal.SIGTERM, signal.SIGINT)


def run_until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run `work`; a signal cancels it, and its orderly end is waited for. A second signal ends the process at once."""
    uvloop.run(_until_signal(work))


async def _until_signal(work: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.get_running_loop()
    main = asyncio.current_task()
    asked = False

    def stop() -> None:
        nonlocal asked
        asked = True
        for number in _STOPPING:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        if main is not None:
            main.cancel()

    for number in _STOPPING:
        loop.add_signal_handler(number, stop)
    try:
        await work
    except asyncio.CancelledError:
        if not asked:
            raise
