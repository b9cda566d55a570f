"""Carries out actions on many accounts, a batch at a time. Another process goes on if this one ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final

from postroom.accounts.bulk import jobs_store
from postroom.accounts.bulk.model import BulkAction, BulkItem, BulkJob
from postroom.accounts.bulk.service import TOPIC
from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.clock import now_ms
from postroom.errors import Permanent
from postroom.log import get_logger
from postroom.loops import fault_in, run_loop
from postroom.storage.database import Database
from postroom.tasks import together

__all__ = ["BulkWorker"]

BATCH: Final = 25
"""Accounts that are dealt with at the same time: enough for one transaction, few enough for others to have a turn."""

FAULT: Final = "Internal error. The log has the details under the incident"
"""What is said of an account for which an action failed by a fault of ours; the number follows."""

_LEASE: Final = 60_000
_POLL: Final = 30.0
_LOOP: Final = "bulk actions"
log = get_logger("accounts")


class BulkWorker:
    """The worker of one process; `node_id` is its name for the others."""

    def __init__(
        self, *, db: Database, accounts: Accounts, node_id: str, clock: Callable[[], int] = now_ms, batch: int = BATCH
    ) -> None:
        self._db = db
        self._node_id = node_id
        self._clock = clock
        self._batch = batch
        self._acts: Mapping[BulkAction, Callable[[str], Awaitable[None]]] = {
            BulkAction.RECONNECT: accounts.reconnect,
            BulkAction.DISCONNECT: accounts.disconnect,
            BulkAction.DELETE: accounts.remove,
        }

    async def run(self) -> None:
        """Work until cancelled."""
        waiter = self._db.wakeups.subscribe(TOPIC)
        try:
            await run_loop(_LOOP, self.work, waiter, _POLL)
        finally:
            self._db.wakeups.unsubscribe(TOPIC, waiter)

    async def work(self, _hints: set[str]) -> float | None:
        """Deal with one batch; return the seconds until there is more to do, None without any action."""
        now = self._clock()
        job = await self._db.write(lambda conn: jobs_store.claim(conn, self._node_id, now, now + _LEASE))
        if job is None:
            due = await self._db.read(jobs_store.next_due)
            return None if due is None else max(due - self._clock(), 0) / 1000
        if not await self._advance(job):
            log.info("bulk action ended", job=job.id, action=job.action.value)
        return 0.0

    async def _advance(self, job: BulkJob) -> bool:
        items = await self._db.read(lambda conn: jobs_store.batch(conn, job, self._batch))
        done = await together(*(self._deal_with(job.action, item) for item in items))
        note = partial(jobs_store.advance, job=job, holder=self._node_id, done=done, now=self._clock())
        return await self._db.write(note)

    async def _deal_with(self, action: BulkAction, item: BulkItem) -> BulkItem:
        try:
            incident = await fault_in(_LOOP, partial(self._acts[action], item.account), account=item.account)
        except AccountNotFound:
            # It was deleted meanwhile, perhaps by the first try of this batch.
            gone = None if action is BulkAction.DELETE else "The account was deleted meanwhile."
            return item._replace(error=gone)
        except Permanent as error:
            return item._replace(error=str(error))
        return item if incident is None else item._replace(error=f"{FAULT} {incident}.")
