"""The loop of webhook delivery: exchanges with the database, starts couriers for claimed lanes, shuts down in time."""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import TYPE_CHECKING, Final

from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import StorageFailed
from postroom.events.log import TOPIC
from postroom.figures import Figures
from postroom.log import get_logger
from postroom.loops import run_loop, run_once
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.webhooks.delivery import lane_store
from postroom.webhooks.delivery.board import Board
from postroom.webhooks.delivery.courier import Courier
from postroom.webhooks.delivery.exchange import EndpointDirectory, Order, Taken, exchange, hand_in
from postroom.webhooks.endpoints import endpoint_store
from postroom.webhooks.model import Lane

if TYPE_CHECKING:
    from postroom.webhooks.delivery.client import Client

POLL: Final = 5.0
LEASE: Final = 15.0
"""Seconds after which another process may take the lanes of a killed one. Every poll renews the lease well before."""

RETURN_GRACE: Final = 10.0
"""Seconds after a database outage in which no lane is taken from another process, even if its lease ran out.

The other processes are probably alive and have not stored yet what they posted before the outage. Taking their lanes
would post it twice. The grace is longer than a loop waits before it retries an unavailable database.
"""

_DONE: Final = "done"
# Seconds in which results are gathered, so that they are stored in one transaction.
_GATHER: Final = 0.01
_AFTER_A_FAULT_MS: Final = 60_000
log = get_logger("webhooks")


class Deliverer:
    """Delivers the webhooks of one process. `grace` is how many seconds requests may still take at shutdown."""

    def __init__(
        self,
        *,
        db: Database,
        box: SecretBox,
        runtime: RuntimeSettings,
        client: Client,
        node_id: str,
        limit: int,
        grace: float,
        figures: Figures,
        lease: float = LEASE,
    ) -> None:
        self._db = db
        self._runtime = runtime
        # A restarted process has the same node id and must not mistake the lanes of its predecessor for its own.
        self._me = f"{node_id}/{secrets.token_hex(4)}"
        self._grace = grace
        self._lease_ms = int(lease * 1000)
        self._directory = EndpointDirectory(box)
        self._waiter = db.wakeups.subscribe(TOPIC)
        self._board = Board(limit, partial(self._waiter.hint, _DONE))
        self._figures = figures
        self._courier = Courier(client, runtime, box, self._board, figures)
        self._tasks: set[asyncio.Task[None]] = set()
        self._prepared = False
        self._in_touch = True
        self._takes_over_from = 0.0

    async def run(self) -> None:
        """Deliver until cancelled; then finish requests in flight within `grace` and release the rest."""
        try:
            async with asyncio.TaskGroup() as couriers:
                try:
                    await run_loop("webhook delivery", partial(self._exchange, couriers), self._waiter, POLL)
                finally:
                    await self._wind_down()
        finally:
            self._db.wakeups.unsubscribe(TOPIC, self._waiter)

    async def _exchange(self, couriers: asyncio.TaskGroup, hints: set[str]) -> float | None:
        if not self._prepared:
            await self._prepare()
        if not self._in_touch:
            self._takes_over_from = asyncio.get_running_loop().time() + RETURN_GRACE
        was_in_touch, self._in_touch = self._in_touch, False
        routes = hints != {_DONE} or await self._gather()
        order = await self._order(routes=routes, is_sure=was_in_touch)
        taken: Taken | None = None
        try:
            taken = await self._db.write(lambda conn: exchange(conn, order, self._directory))
        finally:
            if taken is None:
                self._board.put_back(order.done)
        self._in_touch = True
        self._figures.count_events(taken.routed)
        self._board.see_directory(taken.endpoints, taken.disabled)
        for key in order.renewed:
            if key in self._board.held:
                self._board.held[key] = order.lease_until
        for lane in taken.lanes:
            self._start(couriers, lane, order.lease_until)
        return self._next(taken, order.now)

    async def _prepare(self) -> None:
        now = now_ms()
        if self._db.dialect == "sqlite":
            # One process owns the file, so every claimed lane was claimed by a process that is gone.
            await self._db.write(lambda conn: lane_store.free_all(conn, now))
        rows = await self._db.read(endpoint_store.all_rows)
        self._board.remember({row.id: row.health() for row in rows})
        self._prepared = True

    async def _gather(self) -> bool:
        """Wait for more results to store together. Return True early when a wakeup announces other work."""
        deadline = asyncio.get_running_loop().time() + _GATHER
        while (left := deadline - asyncio.get_running_loop().time()) > 0:
            if await self._waiter.wait(left) - {_DONE}:
                return True
        return False

    async def _order(self, *, routes: bool, is_sure: bool = True) -> Order:
        settings = await self._runtime.get()
        now = now_ms()
        renew_before = now + self._lease_ms * 2 // 3
        return Order(
            me=self._me,
            now=now,
            lease_until=now + self._lease_ms,
            settings=settings,
            room=self._board.room(),
            routes=routes,
            takes_over=asyncio.get_running_loop().time() >= self._takes_over_from,
            holds=None if is_sure else tuple(self._board.held),
            excluded=self._board.excluded(now),
            renewed=[key for key, lease_until in self._board.held.items() if lease_until < renew_before],
            done=self._board.take_unstored(),
        )

    def _start(self, couriers: asyncio.TaskGroup, lane: Lane, lease_until: int) -> None:
        key, now = (lane.endpoint, lane.lane), now_ms()
        # After the lease has ended, another process may have taken the lane.
        if now >= lease_until or not self._board.may_start(lane.endpoint, now):
            self._board.give_back(key, now)
            return
        self._board.start(key, lease_until)
        task = couriers.create_task(self._carry(lane), name=f"webhook lane {lane.endpoint} {lane.lane}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, lane: Lane) -> None:
        next_at: int | None = None

        async def carry() -> None:
            nonlocal next_at
            next_at = await self._courier.carry(lane)

        try:
            ended_well = await run_once("webhook lane", carry)
            if not ended_well:
                next_at = now_ms() + _AFTER_A_FAULT_MS
        finally:
            self._board.finish((lane.endpoint, lane.lane), next_at or now_ms())

    def _next(self, taken: Taken, asked_at: int) -> float | None:
        if taken.wait is not None:
            return taken.wait
        times = [time for time in (taken.next_due, self._board.next_probe(asked_at)) if time is not None]
        return max(min(times) - now_ms(), 1) / 1000 if times else None

    async def _wind_down(self) -> None:
        self._board.stopping = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._grace)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            order = await self._order(routes=False)
            await self._db.write(lambda conn: hand_in(conn, order))
        except StorageFailed as error:
            log.warning("results of the last webhooks could not be stored; they are sent again", error=error.message)
