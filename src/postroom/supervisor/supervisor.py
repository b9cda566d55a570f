"""Claims accounts, keeps one runner for each, and restarts a runner when the revision of its account changes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

from postroom.accounts.service import TOPIC
from postroom.cluster import shares
from postroom.cluster.heartbeat_store import sharing
from postroom.cluster.leases import Leases
from postroom.cluster.node import NodeLoad
from postroom.cluster.nodes_store import TOPIC as NODES_TOPIC
from postroom.folders.hints import TOPIC as FOLDERS_TOPIC
from postroom.folders.hints import read_hints
from postroom.footprint.dataclass import dataclass
from postroom.log import about, get_logger
from postroom.loops import Timer, run_loop, run_once
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.supervisor import store
from postroom.supervisor.runner import Runner, Workshop
from postroom.supervisor.store import Assignment, WantedAccount
from postroom.tasks import ended

log = get_logger("supervisor")

CLAIM_BATCH = 500
POLL = 5.0
NOTE_EVERY = 60.0
# Seconds. IDLE is renewed every 5 minutes, which proves that the account is in sync. With this, `sync_time` is never
# older than 9 minutes.
NOTE_AGE = 180.0


@dataclass(slots=True)
class _Running:
    """One account on this node: the runner, its task, and the last sync that was requested.

    `leaving` says that the runner has ended and its row is being released.
    """

    runner: Runner
    task: asyncio.Task[None]
    sync_revision: int
    leaving: bool = False

    def cancel(self) -> None:
        """Cancel the runner. A release that has begun is not cancelled, because the write may happen all the same."""
        if not self.leaving:
            self.task.cancel()


class Supervisor:
    """The runners of this process. When `run` is cancelled, every runner signs out before it returns."""

    def __init__(self, *, shop: Workshop, leases: Leases) -> None:
        self._shop = shop
        self._leases = leases
        self._running: dict[int, _Running] = {}
        self._keys: dict[str, int] = {}
        self._moving: set[int] = set()
        self._claiming = False
        self._group = asyncio.TaskGroup()

    @property
    def running(self) -> int:
        """Return how many accounts this node runs."""
        return len(self._running.keys() - self._moving)

    async def run(self) -> None:
        """Claim and run accounts until cancelled; then sign out of all, and only then free them for other nodes."""
        wakeups, heartbeat = self._shop.db.wakeups, self._shop.settings.heartbeat
        waiter, nodes, folders = (wakeups.subscribe(topic) for topic in (TOPIC, NODES_TOPIC, FOLDERS_TOPIC))
        self._leases.runners = lambda: self.running
        self._leases.claiming = lambda: self._claiming
        self._leases.counted = self._load
        await self._leases.enter()
        try:
            async with self._group:
                self._group.create_task(self._leases.keep(self._stop_all), name="leases")
                self._group.create_task(run_loop("burials", self._leases.bury, Timer(), heartbeat), name="burials")
                self._group.create_task(run_loop("supervisor", self._reconcile, waiter, POLL), name="supervisor")
                self._group.create_task(run_loop("shares", self._balance, nodes, heartbeat), name="shares")
                self._group.create_task(run_loop("changed folders", self._pass_on, folders, POLL), name="folders")
                self._group.create_task(run_loop("sync times", self._note_in_step, Timer(), NOTE_EVERY), name="times")
        finally:
            wakeups.unsubscribe(TOPIC, waiter)
            wakeups.unsubscribe(NODES_TOPIC, nodes)
            wakeups.unsubscribe(FOLDERS_TOPIC, folders)
            await self._leases.leave()

    def _load(self) -> NodeLoad:
        pacing = self._shop.sessions.pacing
        load: NodeLoad = {
            "waiting": pacing.waiting_by_cause(),
            "connections": pacing.connections,
            "transactions": self._shop.figures.transactions.open,
        }
        return load if pacing.most_connections is None else {**load, "most_connections": pacing.most_connections}

    async def _reconcile(self, hinted: set[str]) -> float | None:
        """Start and stop runners to match the rows: of the hinted accounts, or of all at a poll."""
        if not self._leases.held:
            return None
        ids = sorted(hinted) if hinted else None
        wanted = await self._shop.db.read(partial(store.owned, node=self._leases.node, ids=ids))
        known = {each.key for each in wanted}
        for key in self._present(ids) - known:
            self._stop(key)
        begin = [each.key for each in wanted if self._needs_start(each)]
        for key in begin:
            # Stop it before the rows are read again: a runner that ends by itself meanwhile would release its row.
            self._stop(key)
        if begin:
            for given in await self._shop.db.read(partial(store.assignments, node=self._leases.node, keys=begin)):
                self._start(given, resumed=False)
        await self._claim()
        return None

    async def _pass_on(self, hinted: set[str]) -> None:
        """Tell runners on this node in which folders a caller changed something."""
        for account, path in read_hints(hinted):
            running = self._running.get(self._keys.get(account, 0))
            if running is not None:
                running.runner.requests.hint(path)

    async def _claim(self) -> None:
        while self._leases.held:
            work = partial(store.claim_share, node=self._leases.node, running=self.running, limit=CLAIM_BATCH)
            self._claiming = True
            try:
                claimed = await self._shop.db.write(work)
                for given in claimed:
                    self._start(given, resumed=True)
            finally:
                self._claiming = False
            if not claimed:
                return
            log.debug("accounts taken", count=len(claimed), node=self._leases.node)

    async def _balance(self, _hints: set[str]) -> float | None:
        """Hand accounts over to nodes with fewer, a few at a time. Return the seconds until the next step."""
        if not self._leases.held:
            return None
        node, running = self._leases.node, self.running

        def look(conn: Connection) -> tuple[int, bool]:
            members = [replace(each, accounts=running) if each.node == node else each for each in sharing(conn)]
            draining = any(each.node == node and each.draining for each in members)
            return shares.surplus(node, members, store.free_count(conn)), draining

        surplus, draining = await self._shop.db.read(look)
        rate = self._shop.settings.drain_moves_per_second if draining else self._shop.settings.moves_per_second
        await self._hand_over(list(self._running.keys() - self._moving)[-min(surplus, rate) :] if surplus else [])
        return 1.0 if surplus > rate else None

    async def _hand_over(self, keys: list[int]) -> None:
        """Sign out of accounts, then free their rows for other nodes."""
        if not keys:
            return
        self._moving.update(keys)
        try:
            ending = [running for key in keys if (running := self._running.get(key)) is not None]
            for running in ending:
                running.cancel()
            if ending:
                await asyncio.wait([running.task for running in ending])
            work = partial(store.hand_over, node=self._leases.node, keys=keys, running=self.running)
            await self._shop.db.write(work)
            log.info("accounts handed over", count=len(keys), node=self._leases.node)
        finally:
            self._moving.difference_update(keys)

    async def _note_in_step(self, _hints: set[str]) -> None:
        """Store when idle accounts were last in sync, all in one statement."""
        age = int(NOTE_AGE * 1000)
        runners = [running.runner for running in self._running.values()]
        moments = [(each.lease, each.in_step_at) for each in runners if each.in_step_at is not None]
        if moments and self._leases.held:
            work = partial(store.note_in_step, node=self._leases.node, moments=moments, age=age)
            await self._shop.db.write(work, turn=WriteTurn.PATIENT)

    def _present(self, ids: list[str] | None) -> set[int]:
        if ids is None:
            return set(self._running)
        return {self._keys[each] for each in ids if each in self._keys}

    def _needs_start(self, wanted: WantedAccount) -> bool:
        """Say whether a runner must be started or restarted. Pass a requested sync to one that continues."""
        if wanted.key in self._moving:
            return False
        running = self._running.get(wanted.key)
        if running is None:
            return True
        if running.leaving:
            # The account is about to be released and will be claimed anew, with whatever is wanted by then.
            return False
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
            before.cancel()
        runner = Runner(self._shop, given)
        life = self._life(runner, before.task if before else None, resumed=resumed)
        task = self._group.create_task(life, name=f"account {given.lease.account}")
        # This is not done at the end of `_life`, which a task cancelled before its first step never reaches.
        task.add_done_callback(lambda _task: self._forget(runner))
        self._running[given.lease.key] = _Running(runner, task, given.sync_revision)
        self._keys[given.lease.account] = given.lease.key

    async def _life(self, runner: Runner, before: asyncio.Task[None] | None, *, resumed: bool) -> None:
        """Run a runner once its predecessor has ended, so that an account never has two watching connections."""
        if before is not None:
            await ended(before)
        with about(account=runner.lease.account):
            await runner.run(resumed=resumed)
            await self._give_back(runner)

    async def _give_back(self, runner: Runner) -> None:
        """Release the row of a runner that ended by itself. Until then the account counts as running here."""
        lease = runner.lease
        running = self._running.get(lease.key)
        if running is None or running.runner is not runner:
            return
        running.leaving = True
        work = partial(store.release, lease=lease)
        # If this fails, the account stays with this node, and the next poll finds it without a runner.
        await run_once(f"giving back {lease.account}", lambda: self._shop.db.write(work))

    def _forget(self, runner: Runner) -> None:
        lease = runner.lease
        running = self._running.get(lease.key)
        if running is not None and running.runner is runner:
            del self._running[lease.key]
            if self._keys.get(lease.account) == lease.key:
                del self._keys[lease.account]

    def _stop(self, key: int) -> None:
        running = self._running.get(key)
        if running is not None:
            running.cancel()

    async def _stop_all(self) -> None:
        """Stop every runner and wait until each has signed out.

        Rows are not released: the database may be unavailable, and other nodes take this node's accounts anyway.
        """
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
