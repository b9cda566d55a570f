"""Makes the rows come true: claims accounts, keeps one runner for each, starts it anew when its revision moves on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial

from postroom.accounts.model import Lease
from postroom.accounts.service import TOPIC
from postroom.errors import StorageUnavailable
from postroom.log import get_logger
from postroom.loops import run_loop
from postroom.supervisor import store
from postroom.supervisor.leases import Leases
from postroom.supervisor.runner import Runner, Workshop
from postroom.supervisor.store import Assignment, Wanted

log = get_logger("supervisor")

CLAIM_BATCH = 500
POLL = 5.0


@dataclass(slots=True)
class _Running:
    """One account on this node: the runner, its task, and the last sync that was asked of it."""

    runner: Runner
    task: asyncio.Task[None]
    sync_revision: int


class Supervisor:
    """The runners of this process. `run` lives until it is cancelled, and then every runner signs out first."""

    def __init__(self, shop: Workshop, leases: Leases) -> None:
        self._shop = shop
        self._leases = leases
        self._running: dict[int, _Running] = {}
        self._keys: dict[str, int] = {}
        self._group = asyncio.TaskGroup()

    @property
    def running(self) -> int:
        """How many accounts this node runs."""
        return len(self._running)

    async def run(self) -> None:
        """Claim and run accounts until cancelled."""
        waiter = self._shop.db.wakeups.subscribe(TOPIC)
        await self._leases.enter()
        try:
            async with self._group:
                self._group.create_task(self._leases.keep(self._stop_all), name="leases")
                self._group.create_task(run_loop("supervisor", self._reconcile, waiter, POLL), name="supervisor")
        finally:
            self._shop.db.wakeups.unsubscribe(TOPIC, waiter)
            await self._leases.leave()

    async def _reconcile(self, hinted: set[str]) -> float | None:
        """Make what runs equal to what the rows want: for the hinted accounts, or at a poll for all."""
        if not self._leases.held:
            return None
        ids = sorted(hinted) if hinted else None
        wanted = await self._shop.db.read(partial(store.owned, node=self._leases.node, ids=ids))
        known = {each.key for each in wanted}
        for key in self._present(ids) - known:
            self._stop(key)
        begin = [each.key for each in wanted if self._needs_start(each)]
        if begin:
            for given in await self._shop.db.read(partial(store.assignments, node=self._leases.node, keys=begin)):
                self._start(given, resumed=False)
        await self._claim()
        return None

    async def _claim(self) -> None:
        while self._leases.held:
            claimed = await self._shop.db.write(partial(store.claim, node=self._leases.node, limit=CLAIM_BATCH))
            for given in claimed:
                self._start(given, resumed=True)
            if len(claimed) < CLAIM_BATCH:
                return

    def _present(self, ids: list[str] | None) -> set[int]:
        if ids is None:
            return set(self._running)
        return {self._keys[each] for each in ids if each in self._keys}

    def _needs_start(self, wanted: Wanted) -> bool:
        """Say whether a runner must be started (or started anew); pass a wish for a sync on to one that goes on."""
        running = self._running.get(wanted.key)
        if running is None:
            return True
        lease = running.runner.lease
        if (lease.revision, lease.epoch) != (wanted.revision, wanted.epoch):
            return True
        if running.sync_revision != wanted.sync_revision:
            running.sync_revision = wanted.sync_revision
            running.runner.requests.ask_sync()
        return False

    def _start(self, given: Assignment, *, resumed: bool) -> None:
        before = self._running.get(given.lease.key)
        if before is not None:
            before.task.cancel()
        runner = Runner(self._shop, given)
        life = self._life(runner, before.task if before else None, resumed=resumed)
        task = self._group.create_task(life, name=f"account {given.lease.account}")
        self._running[given.lease.key] = _Running(runner, task, given.sync_revision)
        self._keys[given.lease.account] = given.lease.key

    async def _life(self, runner: Runner, before: asyncio.Task[None] | None, *, resumed: bool) -> None:
        """Run a runner once its predecessor has ended, so that an account never has two connections of one kind."""
        lease = runner.lease
        try:
            if before is not None:
                await _ended(before)
            await runner.run(resumed=resumed)
        finally:
            running = self._running.get(lease.key)
            if running is not None and running.runner is runner:
                del self._running[lease.key]
                if self._keys.get(lease.account) == lease.key:
                    del self._keys[lease.account]
        await self._release(lease)

    async def _release(self, lease: Lease) -> None:
        try:
            await self._shop.db.write(partial(store.release, lease=lease))
        except StorageUnavailable as error:
            # The account stays this node's, and the next look at everything finds it without a runner.
            log.warning("could not give an account back", account=lease.account, error=error.message)

    def _stop(self, key: int) -> None:
        running = self._running.get(key)
        if running is not None:
            running.task.cancel()

    async def _stop_all(self) -> None:
        """Stop every runner and wait until each has signed out."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


async def _ended(task: asyncio.Task[None]) -> None:
    """Wait for the end of a task that was cancelled, also when this wait is itself cancelled meanwhile, even twice."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
