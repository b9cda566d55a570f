"""Writes down what the carriers of this process found, and gets their next marks: many lanes in one transaction.

While one transaction is under way, the entries of other lanes gather for the next. When the database is away, the
entries wait in memory and are stored when it returns. An entry may be stored twice without effect (see `exchange`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from postroom.clock import now_ms
from postroom.errors import Permanent, StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.loops import run_loop
from postroom.storage.database import Database
from postroom.storage.wakeups import Waiter
from postroom.submission.delivery.exchange import LaneAnswer, LaneEntry, exchange

__all__ = ["EntryRefused", "Ledger"]

_POLL: Final = 5.0
_TRIES: Final = 3
log = get_logger("submission")


class EntryRefused(Permanent):
    """The database does not take an entry, whatever else is in the transaction."""

    code = "EntryRefused"


@dataclass(slots=True)
class _Waiting:
    """An entry and its carrier. `tries` are the transactions of its own that failed."""

    entry: LaneEntry
    answered: asyncio.Future[LaneAnswer]
    tries: int = 0


class Ledger:
    """The ledger of one process, which holds its lanes as `me`. `tell` gets each answer before its carrier does.

    `lease_ms` is the time for which a transaction prolongs the lanes in it.
    """

    def __init__(self, db: Database, me: str, lease_ms: int, tell: Callable[[int, LaneAnswer, int], None]) -> None:
        self._db = db
        self._me = me
        self._lease_ms = lease_ms
        self._tell = tell
        self._waiting: list[_Waiting] = []
        self._waiter = Waiter()
        # How many entries still get a transaction of their own, because one of them is at fault.
        self._alone = 0

    def enter(self, entry: LaneEntry) -> asyncio.Future[LaneAnswer]:
        """Take an entry in; the future gets its answer. A lane has one entry at a time.

        The entry is stored even if nobody waits for its answer. The future raises EntryRefused.
        """
        answered: asyncio.Future[LaneAnswer] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(entry, answered))
        self._waiter.hint(entry.account)
        return answered

    async def run(self) -> None:
        """Store entries until cancelled."""
        await run_loop("sending ledger", self._store, self._waiter, _POLL)

    async def close(self) -> None:
        """Store what is left, once. Raises StorageFailed."""
        await self._store(set())

    async def _store(self, _hints: set[str]) -> None:
        while self._waiting:
            batch = self._take()
            now = now_ms()
            work = partial(
                exchange,
                me=self._me,
                entries=[each.entry for each in batch],
                now=now,
                lease_until=now + self._lease_ms,
            )
            answers: dict[int, LaneAnswer] | None = None
            is_fault = True
            try:
                answers = await self._db.write(work)
            except (StorageFailed, asyncio.CancelledError):
                is_fault = False
                raise
            finally:
                if answers is None:
                    self._put_back(batch, is_fault=is_fault)
            self._alone = max(self._alone - 1, 0)
            for each in batch:
                self._answer(each, answers[each.entry.key], now + self._lease_ms)

    def _take(self) -> list[_Waiting]:
        """Return the entries for the next transaction: the first of each lane, or one alone after a fault."""
        if self._alone:
            return [self._waiting.pop(0)]
        batch: dict[int, _Waiting] = {}
        self._waiting = [each for each in self._waiting if batch.setdefault(each.entry.key, each) is not each]
        return list(batch.values())

    def _put_back(self, batch: list[_Waiting], *, is_fault: bool) -> None:
        if not is_fault:
            self._waiting[:0] = batch
            return
        if not self._alone:
            self._alone = len(batch) + _TRIES
            self._waiting[:0] = batch
            return
        [bad] = batch
        bad.tries += 1
        if bad.tries < _TRIES:
            self._waiting.append(bad)
            return
        log.error("a result of sending cannot be stored; its message will be unknown", account=bad.entry.account)
        if not bad.answered.done():
            bad.answered.set_exception(EntryRefused("The result cannot be stored."))

    def _answer(self, waiting: _Waiting, answer: LaneAnswer, lease_until: int) -> None:
        self._tell(waiting.entry.key, answer, lease_until)
        if not waiting.answered.done():
            waiting.answered.set_result(answer)
