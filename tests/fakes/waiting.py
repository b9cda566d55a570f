"""Waits in tests for something that happens elsewhere, with a time limit."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

_POLL = 0.005
# A condition may look at everything that a busy test has received. The servers of the test are in the same process, and
# most of its time is theirs.
_SHARE_OF_THE_OTHERS = 4


async def eventually(
    condition: Callable[[], object], timeout: float = 60.0, *, what: str | Callable[[], object] = ""
) -> None:
    """Poll `condition` every 5 ms until it is true, a slow one less often; AssertionError after `timeout` seconds.

    The error names `what`, or what that returns in the end.
    """
    deadline = time.monotonic() + timeout
    while True:
        begun = time.monotonic()
        if condition():
            return
        if begun > deadline:
            named = what() if callable(what) else what
            raise AssertionError(f"not true within {timeout} s: {named or condition}")
        await asyncio.sleep(max(_POLL, _SHARE_OF_THE_OTHERS * (time.monotonic() - begun)))
