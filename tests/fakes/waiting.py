"""Waits in tests for something that happens elsewhere, with a time limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


async def eventually(condition: Callable[[], object], timeout: float = 30.0, *, what: str = "") -> None:
    """Poll `condition` every 5 ms until it is true; AssertionError after `timeout` seconds, naming `what`."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {timeout} s: {what or condition}")
        await asyncio.sleep(0.005)
