"""The background task of sending: claims lanes that are due, starts a carrier for each, shuts down in time."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import Final

from postroom.accounts.service import Accounts
from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import StorageFailed
from postroom.figures import Figures
from postroom.log import about, get_logger
from postroom.loops import run_loop, run_once
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.submission.bodies import Bodies
from postroom.submission.delivery.carrier import Carrier, CarrierOrders
from postroom.submission.delivery.claiming import ClaimedWork, ClaimWish, begin_alone, claim_work
from postroom.submission.delivery.exchange import LaneAnswer
from postroom.submission.delivery.lane_store import ClaimedLane
from postroom.submission.delivery.lane_work import HeldLane
from postroom.submission.delivery.ledger import Ledger
from postroom.submission.delivery.parcels import Parcels
from postroom.submission.delivery.rules.posting import Posting
from postroom.submission.model import TOPIC
from postroom.submission.transmission.connections import SendingConnections

__all__ = ["LANES", "LEASE", "RETURN_GRACE", "Sender"]

LANES: Final = 200
"""Accounts that one process sends for at the same time. A server that hangs keeps one of these places busy."""

POLL: Final = 5.0
LEASE: Final = 15.0
"""Seconds after which another process may take the lanes of a killed one. Every poll renews the lease well before."""

RETURN_GRACE: Final = 10.0
"""Seconds after a database outage in which no lane is taken from another process, even if its lease ran out.

The other processes are probably alive and have results that they could not store. Taking their lanes would make
messages UNKNOWN for a moment that were sent or refused. The grace is longer than a ledger waits before it tries an
unavailable database again.
"""

_CLAIMED: Final = "claimed"
log = get_logger("submission")


class Sender:
    """Sends the messages of one process's share of accounts.

    `lanes` is how many accounts it sends for at a time. `grace` is how many seconds messages that are under way may
    still take at shutdown.
    """

    def __init__(
        self,
        *,
        db: Database,
        box: SecretBox,
        runtime: RuntimeSettings,
        accounts: Accounts,
        connections: SendingConnections,
        node_id: str,
        grace: float,
        figures: Figures,
        lanes: int = LANES,
        lease: float = LEASE,
    ) -> None:
        self._db = db
        self._runtime = runtime
        # A restarted process has the same node id and must not mistake the lanes of its predecessor for its own.
        self._me = f"{node_id}/{secrets.token_hex(4)}"
        self._begun = now_ms()
        self._grace = grace
        self._limit = lanes
        self._lease_ms = int(lease * 1000)
        self._waiter = db.wakeups.subscribe(TOPIC)
        self._orders = CarrierOrders()
        self._ledger = Ledger(db, self._me, self._lease_ms, self._told)
        self._carrier = Carrier(
            accounts=accounts,
            connections=connections,
            parcels=Parcels(Bodies(db, box), box),
            ledger=self._ledger,
            orders=self._orders,
            figures=figures,
        )
        self._held: dict[int, HeldLane] = {}
        self._tasks: dict[asyncio.Task[None], int] = {}
        self._is_prepared = False
        self._in_touch = True
        self._takes_over_from = 0.0
        self.has_looked = False
        """Whether it has claimed what was due at least once."""

    async def run(self) -> None:
        """Send until cancelled; then finish messages under way within `grace`, and hand the lanes back."""
        try:
            async with asyncio.TaskGroup() as tasks:
                ledger = tasks.create_task(self._ledger.run(), name="sending ledger")
                try:
                    await run_loop("sending", partial(self._claim, tasks), self._waiter, POLL)
                finally:
                    await self._wind_down(ledger)
        finally:
            self._db.wakeups.unsubscribe(TOPIC, self._waiter)

    async def _claim(self, tasks: asyncio.TaskGroup, hints: set[str]) -> float | None:
        # Whoever holds a lane looks for more messages itself before it lets the lane go.
        if hints and hints <= {lane.account for lane in self._held.values()}:
            return None
        if not self._is_prepared:
            await self._prepare()
        settings = await self._runtime.get()
        self._orders.is_paused = settings.sending_paused
        if not self._in_touch:
            self._takes_over_from = asyncio.get_running_loop().time() + RETURN_GRACE
        was_in_touch, self._in_touch = self._in_touch, False
        wish = self._wish(is_sure=was_in_touch)
        work = await self._db.write(partial(claim_work, wish=wish))
        self._in_touch = self.has_looked = True
        self._see(wish, work)
        for lane, postings in work.lanes:
            self._start(tasks, lane, postings, wish.lease_until)
        return self._next(work)

    async def _prepare(self) -> None:
        if self._db.dialect == "sqlite":
            # One process owns the file, so whoever was sending is gone.
            left = await self._db.write(partial(begin_alone, now=now_ms(), begun=self._begun))
            _tell_of(left)
        self._is_prepared = True

    def _wish(self, *, is_sure: bool) -> ClaimWish:
        now = now_ms()
        renew_before = now + self._lease_ms * 2 // 3
        return ClaimWish(
            me=self._me,
            now=now,
            lease_until=now + self._lease_ms,
            room=max(self._limit - len(self._held), 0),
            held=tuple(self._held),
            renewed=tuple(key for key, lane in self._held.items() if lane.lease_until < renew_before),
            is_sure=is_sure,
            sends=not self._orders.is_paused,
            takes_over=asyncio.get_running_loop().time() >= self._takes_over_from,
        )

    def _see(self, wish: ClaimWish, work: ClaimedWork) -> None:
        """Take in what the transaction found out about the lanes that were held before."""
        _tell_of(work.left_behind)
        for key in wish.renewed:
            lane = self._held.get(key)
            if lane is None:
                continue
            if key in work.kept:
                lane.lease_until = max(lane.lease_until, wish.lease_until)
            elif not lane.is_lost:
                lane.is_lost = True
                log.warning("another process has taken over the sending of an account", account=lane.account)
        self._orders.others_wait = wish.room == len(work.lanes)

    def _start(
        self, tasks: asyncio.TaskGroup, claimed: ClaimedLane, postings: tuple[Posting, ...], lease_until: int
    ) -> None:
        lane = HeldLane(claimed.key, claimed.account, lease_until, claimed.failures, claimed.used)
        self._held[lane.key] = lane
        task = tasks.create_task(self._carry(lane, postings), name=f"sending lane {lane.account}")
        self._tasks[task] = lane.key
        task.add_done_callback(self._tasks.pop)

    async def _carry(self, lane: HeldLane, postings: tuple[Posting, ...]) -> None:
        with about(account=lane.account):
            await run_once("sending lane", partial(self._carrier.carry, lane, postings))

    def _told(self, key: int, answer: LaneAnswer, lease_until: int) -> None:
        """Take in what the ledger learnt of a lane."""
        lane = self._held.get(key)
        if lane is None:
            return
        if answer.is_released:
            del self._held[key]
            self._waiter.hint(_CLAIMED)
        elif not answer.is_mine:
            lane.is_lost = True
        elif answer.is_renewed:
            lane.lease_until = max(lane.lease_until, lease_until)

    def _next(self, work: ClaimedWork) -> float | None:
        return max(work.next_due - now_ms(), 1) / 1000 if work.next_due is not None else None

    async def _wind_down(self, ledger: asyncio.Task[None]) -> None:
        self._orders.is_stopping = True
        for task, key in self._tasks.items():
            if key in self._orders.connecting:
                task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self._grace)
            left = set(self._tasks)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        ledger.cancel()
        await asyncio.gather(ledger, return_exceptions=True)
        try:
            await self._ledger.close()
        except StorageFailed as error:
            log.warning(
                "results of the last messages could not be stored; these messages will be unknown", error=error.message
            )


def _tell_of(left_behind: int) -> None:
    if left_behind:
        log.warning("messages may have been sent by a process that ended; they are unknown now", count=left_behind)
