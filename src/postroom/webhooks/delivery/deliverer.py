"""The loop of webhook delivery: exchanges with the database, starts couriers for claimed lanes, shuts down in time."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import StorageFailed
from postroom.events.log import TOPIC
from postroom.events.rides import ROUTED
from postroom.figures import Figures
from postroom.footprint.dataclass import replace
from postroom.log import get_logger
from postroom.loops import run_loop, run_once
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.webhooks.delivery import lane_store
from postroom.webhooks.delivery.board import CALM, PRESSING, Board
from postroom.webhooks.delivery.courier import Courier
from postroom.webhooks.delivery.exchange import (
    STALE_MS,
    DeliveryRide,
    EndpointDirectory,
    Order,
    RideEnd,
    Taken,
    exchange,
    hand_in,
)
from postroom.webhooks.delivery.lane_store import LaneKey
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

_ARRIVED: Final = "arrived"
_OUR_OWN: Final = frozenset({PRESSING, CALM, ROUTED, _ARRIVED})
"""Hints after which there is nothing to route."""

# Seconds in which results are gathered, so that they are stored in one transaction. What nobody waits for may wait
# for the next event, whose transaction takes it along: that saves one for each event if there are ten a second.
_GATHER: Final = 0.01
_LINGER: Final = 0.1
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
        self._board = Board(limit, self._waiter.hint)
        self._figures = figures
        self._courier = Courier(client, runtime, box, self._board, figures)
        self._tasks: set[asyncio.Task[None]] = set()
        self._prepared = False
        self._in_touch = True
        self._takes_over_from = 0.0
        # Held by the one exchange that is under way, in a transaction of its own or in a ride.
        self._exchanging = asyncio.Lock()
        self._riding: DeliveryRide | None = None
        self._arrived: list[RideEnd] = []

    async def run(self) -> None:
        """Deliver until cancelled; then finish requests in flight within `grace` and release the rest."""
        try:
            async with asyncio.TaskGroup() as couriers:
                try:
                    await run_loop("webhook delivery", partial(self._look, couriers), self._waiter, POLL)
                finally:
                    await self._wind_down()
        finally:
            self._db.wakeups.unsubscribe(TOPIC, self._waiter)

    async def ride(self) -> DeliveryRide | None:
        """Return an exchange that goes along in another transaction, None unless this process is at rest."""
        if self._exchanging.locked() or not self._may_ride():
            return None
        await self._exchanging.acquire()
        # An exchange may have been before this in the queue for the lock.
        if not self._may_ride():
            self._exchanging.release()
            return None
        try:
            # The loop itself knows when the next lane comes due, from its last exchange.
            order = replace(await self._order(routes=True), looks_ahead=False)
        except BaseException as error:
            self._exchanging.release()
            if isinstance(error, StorageFailed):
                return None
            raise
        self._riding = DeliveryRide(order, self._directory, self._ride_ended)
        return self._riding

    def _may_ride(self) -> bool:
        return self._prepared and self._in_touch and not self._board.stopping

    def _ride_ended(self, end: RideEnd) -> None:
        self._riding = None
        self._exchanging.release()
        if end.taken is None:
            self._board.put_back(end.order.done)
            self._in_touch = self._in_touch and end.is_sure
            self._waiter.hint(PRESSING if end.is_sure else "")
        else:
            self._arrived.append(end)
            self._waiter.hint(_ARRIVED)

    async def _look(self, couriers: asyncio.TaskGroup, hints: set[str]) -> float | None:
        if not self._prepared:
            await self._prepare()
        wait = self._start_arrived(couriers)
        while hints and hints <= _OUR_OWN and self._board.has_unstored:
            came = await self._gather(PRESSING in hints)
            wait = _sooner(wait, self._start_arrived(couriers))
            if not came:
                break
            hints = came
        if hints and hints <= _OUR_OWN and not self._board.has_unstored:
            return wait
        return _sooner(wait, await self._exchange(couriers, routes=not hints or not hints <= _OUR_OWN))

    async def _exchange(self, couriers: asyncio.TaskGroup, *, routes: bool) -> float | None:
        await self._no_ride()
        async with self._exchanging:
            # A ride may have ended just now. Its lanes count among those that this process holds.
            wait = self._start_arrived(couriers)
            if not self._in_touch:
                self._takes_over_from = asyncio.get_running_loop().time() + RETURN_GRACE
            was_in_touch, self._in_touch = self._in_touch, False
            order = await self._order(routes=routes, is_sure=was_in_touch)
            taken: Taken | None = None
            try:
                taken = await self._db.write(lambda conn: exchange(conn, order, self._directory))
            finally:
                if taken is None:
                    self._board.put_back(order.done)
            self._in_touch = True
        return _sooner(wait, self._take(couriers, order, taken))

    async def _no_ride(self) -> None:
        """Wait for a ride that is under way. One that waits for the locks of others for too long is called back."""
        ride = self._riding
        if ride is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(STALE_MS / 1000), self._exchanging:
                return
        if ride.recall():
            self._ride_ended(RideEnd(ride.order, None))

    def _start_arrived(self, couriers: asyncio.TaskGroup) -> float | None:
        """Start what came of rides; return the seconds after which there is more to do."""
        arrived, self._arrived = self._arrived, []
        wait: float | None = None
        for end in arrived:
            if end.taken is not None:
                wait = _sooner(wait, self._take(couriers, end.order, end.taken))
        return wait

    def _take(self, couriers: asyncio.TaskGroup, order: Order, taken: Taken) -> float | None:
        """Start the lanes that an exchange got; return the seconds after which there is more to do."""
        self._figures.count_events(taken.routed)
        self._board.see_directory(taken.endpoints, taken.disabled)
        self._board.is_pressed = bool(order.excluded) or len(taken.lanes) >= order.room or taken.wait is not None
        for key in order.renewed:
            if key in self._board.held:
                self._board.held[key] = order.lease_until
        for lane in taken.lanes:
            self._start(couriers, lane, order)
        return self._next(taken, order.now)

    async def _prepare(self) -> None:
        now = now_ms()
        if self._db.dialect == "sqlite":
            # One process owns the file, so every claimed lane was claimed by a process that is gone.
            await self._db.write(lambda conn: lane_store.free_all(conn, now))
        rows = await self._db.read(endpoint_store.all_rows)
        self._board.remember({row.id: row.health() for row in rows})
        self._prepared = True

    async def _gather(self, is_pressing: bool) -> set[str]:
        """Wait for more results to store together. Return the hints that ended it early, none if the time is over."""
        clock = asyncio.get_running_loop().time
        until = clock() + (_GATHER if is_pressing else _LINGER)
        hints: set[str] = set()
        while (left := until - clock()) > 0:
            came = await self._waiter.wait(left)
            hints |= came
            if came - {PRESSING, CALM, ROUTED}:
                return hints
            if PRESSING in came:
                until = min(until, clock() + _GATHER)
        return set()

    async def _order(self, *, routes: bool, is_sure: bool = True) -> Order:
        settings, generation = await self._runtime.numbered()
        now = now_ms()
        self._board.rounds += 1
        renew_before = now + self._lease_ms * 2 // 3
        return Order(
            me=self._me,
            now=now,
            lease_until=now + self._lease_ms,
            round=self._board.rounds,
            settings=settings,
            is_current=lambda: self._runtime.generation == generation,
            room=self._board.room(),
            routes=routes,
            takes_over=asyncio.get_running_loop().time() >= self._takes_over_from,
            holds=self._held(),
            is_unsure=not is_sure,
            excluded=self._board.excluded(now),
            renewed=[key for key, lease_until in self._board.held.items() if lease_until < renew_before],
            done=self._board.take_unstored(),
        )

    def _held(self) -> frozenset[LaneKey]:
        """The lanes in the name of this process, also those that came of rides and are not started yet."""
        came = ((lane.endpoint, lane.lane) for end in self._arrived if end.taken for lane in end.taken.lanes)
        return frozenset((*self._board.held, *came))

    def _start(self, couriers: asyncio.TaskGroup, lane: Lane, order: Order) -> None:
        key, now = (lane.endpoint, lane.lane), now_ms()
        # After the lease has ended, another process may have taken the lane.
        if now >= order.lease_until or not self._board.may_start(lane.endpoint, now):
            self._board.give_back(key, now)
            return
        self._board.start(key, order.lease_until, order.round if lane.is_whole else None)
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
        until = asyncio.get_running_loop().time() + self._grace
        is_sure = await self._end_rides() and self._in_touch
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=max(until - asyncio.get_running_loop().time(), 0.0))
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            order = await self._order(routes=False, is_sure=is_sure)
            await self._db.write(lambda conn: hand_in(conn, order))
        except StorageFailed as error:
            log.warning("results of the last webhooks could not be stored; they are sent again", error=error.message)

    async def _end_rides(self) -> bool:
        """Wait for a ride that is under way, and give back the lanes that nobody will start. False if it goes on."""
        is_over = False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._grace):
                await self._exchanging.acquire()
                is_over = True
        for end in self._arrived:
            for lane in end.taken.lanes if end.taken is not None else ():
                self._board.give_back((lane.endpoint, lane.lane), now_ms())
        self._arrived.clear()
        return is_over


def _sooner(one: float | None, other: float | None) -> float | None:
    """Return the shorter wait; None stands for no wait at all."""
    return min((each for each in (one, other) if each is not None), default=None)
