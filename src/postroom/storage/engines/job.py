"""A piece of work for the database, and the caller who waits for its result."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn

__all__ = ["Abandoned", "Job"]


class Abandoned(Exception):
    """The caller left before the work began."""


@dataclass(slots=True, eq=False)
class Job:
    """`failure` is the error for the caller; without one the caller gets `result`."""

    work: Callable[[Connection], Any]
    caller: asyncio.Future[Any]
    turn: WriteTurn = WriteTurn.NORMAL
    result: Any = None
    failure: BaseException | None = None

    def do(self, conn: Connection) -> Any:
        """Do the work and return its result. Raises Abandoned when nobody waits for it any more."""
        if self.caller.done():
            raise Abandoned
        return self.work(conn)

    def answer(self) -> None:
        """Tell the caller. Call it on the event loop's thread."""
        if self.caller.done():
            return
        if self.failure is not None:
            # A future does not take this kind, because it would end the loop that waits for it.
            is_stop = isinstance(self.failure, StopIteration)
            self.caller.set_exception(RuntimeError("The work raised StopIteration") if is_stop else self.failure)
        else:
            self.caller.set_result(self.result)
