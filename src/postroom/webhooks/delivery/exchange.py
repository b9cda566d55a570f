"""The deliverer's one transaction: stores results, routes new events, claims lanes that are due.

It is a transaction of its own, or a part of the one that appends an event.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import field
from types import TracebackType
from typing import Final, Self

from postroom.clock import now_ms
from postroom.configuration.keys import Snapshot
from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from postroom.webhooks.delivery import delivery_store, lane_store, routing_store
from postroom.webhooks.delivery.board import Unstored
from postroom.webhooks.delivery.lane_store import Claim, LaneKey
from postroom.webhooks.delivery.router import Routed, Rules, route
from postroom.webhooks.endpoints import endpoint_store
from postroom.webhooks.endpoints.endpoint_store import EndpointRow, FactsOfAccounts
from postroom.webhooks.endpoints.sealed_rows import known_endpoint
from postroom.webhooks.model import Lane, TargetKind, WebhookEndpoint

_WHEN_BUSY_ELSEWHERE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Order:
    """What a process stores and asks for. `routes` says whether to route new events.

    `takes_over` says whether to claim lanes whose lease at another process ran out. `holds` are all lanes that the
    process works on. One that is left out would be handed out twice. After an exchange with unknown outcome the process
    `is_unsure`: all other lanes in its name become due.
    `round` is the number of the order in this process. Without `looks_ahead` nothing is asked about lanes that come due
    later, unless one of them is released now. Nothing is routed unless the `settings` are still current by then: an
    event is routed once, and whoever changes a setting expects it to hold for all events after the answer.
    """

    me: str
    now: int
    lease_until: int
    settings: Snapshot
    room: int
    holds: Collection[LaneKey]
    round: int = 0
    routes: bool = True
    takes_over: bool = True
    is_unsure: bool = False
    excluded: Sequence[str] = ()
    done: Unstored = field(default_factory=Unstored)
    renewed: Sequence[LaneKey] = ()
    looks_ahead: bool = True
    is_current: Callable[[], bool] = lambda: True

    @property
    def claim(self) -> Claim:
        """How lanes are claimed."""
        return Claim(self.me, self.now, self.lease_until, self.takes_over)

    @property
    def asks_next_due(self) -> bool:
        """Whether to ask when the next lane comes due."""
        has_later = any(each.next_at > self.now for each in self.done.released)
        return self.looks_ahead or has_later or any(each.opens_at is not None for each in self.done.results)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a process gets: claimed lanes, and the endpoints as stored.

    There is more to do after `wait` seconds at the latest. `next_due` is when the next lane comes due (milliseconds
    since 1970). `routed` counts the routed events by type; `opened` are the lanes that got a new delivery.
    """

    lanes: list[Lane]
    endpoints: dict[str, WebhookEndpoint]
    disabled: dict[str, str | None]
    wait: float | None
    next_due: int | None
    routed: Counter[str]
    opened: frozenset[LaneKey] = frozenset()


class EndpointDirectory:
    """Opens the rows of endpoints; a row that did not change is not decrypted again."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box
        self._opened: dict[str, tuple[EndpointRow, WebhookEndpoint]] = {}

    def open(self, rows: Sequence[EndpointRow]) -> dict[str, WebhookEndpoint]:
        """Return the endpoints made through the API, by id."""
        opened: dict[str, tuple[EndpointRow, WebhookEndpoint]] = {}
        for row in rows:
            if row.kind == TargetKind.OBJECT:
                known = self._opened.get(row.id)
                same = known is not None and _written(known[0]) == _written(row)
                opened[row.id] = known if known is not None and same else (row, known_endpoint(row, self._box))
        self._opened = opened
        return {name: endpoint for name, (_, endpoint) in opened.items()}


def _written(row: EndpointRow) -> tuple[object, ...]:
    return (row.sealed, row.document, row.enabled, row.updated_at)


def exchange(conn: Connection, order: Order, directory: EndpointDirectory, *, account_key: int | None = None) -> Taken:
    """Run the transaction and return what the process gets. `account_key` is whose event is new, if that is known."""
    hand_in(conn, order)
    claim_due = lane_store.ask_due(conn, order.claim, order.excluded, order.room)
    stored = _ask_directory(conn, order)
    facts = FactsOfAccounts(conn)
    if account_key is not None and order.routes:
        facts.ask(account_key)
    rows, is_alone = stored()
    endpoints = directory.open(rows)
    disabled = {row.id: row.target for row in rows if row.kind != TargetKind.OBJECT}
    due = claim_due()
    routed = _routed(conn, order, Rules(order.settings, endpoints, disabled), facts, is_alone=is_alone)
    wait = routed.wait
    opened = _open(conn, order, routed.lanes, due)
    lanes, empty = delivery_store.load(conn, order.me, due, opened, facts, order.now)
    lane_store.release(conn, order.me, empty)
    # All the room was used, so there may be more lanes for endpoints that are below their limit.
    if empty or 0 < order.room == len(due) + len(opened):
        wait = 0.0
    next_due = lane_store.next_due(conn, order.now) if order.asks_next_due else None
    return Taken(lanes, endpoints, disabled, wait, next_due, routed.types, routed.lanes)


def _ask_directory(conn: Connection, order: Order) -> Callable[[], tuple[Sequence[EndpointRow], bool]]:
    """Ask for the endpoints, and whether this process may route now."""
    if order.routes:
        return endpoint_store.ask_directory_and_lock(conn, routing_store.LOCK)
    asked = endpoint_store.ask_directory(conn)
    return lambda: (asked(), False)


def _routed(conn: Connection, order: Order, rules: Rules, facts: FactsOfAccounts, *, is_alone: bool) -> Routed:
    if not order.routes:
        return Routed()
    if not is_alone:
        return Routed(wait=_WHEN_BUSY_ELSEWHERE)
    return route(conn, rules, facts, order.now) if order.is_current() else Routed(wait=0.0)


def _open(conn: Connection, order: Order, lanes: Collection[LaneKey], due: Sequence[LaneKey]) -> list[LaneKey]:
    """Open the lanes of new deliveries. Return those that are claimed at once, unless another process has them.

    Lanes that were due before come first. A lane that this process holds is in its name already.
    """
    mine = {*due, *order.holds}
    free = [each for each in sorted(lanes) if each not in mine and each[0] not in order.excluded]
    claimed = free[: max(order.room - len(due), 0)]
    lane_store.open_claimed(conn, claimed, order.claim)
    if others := set(lanes).difference(claimed, due):
        lane_store.open_lanes(conn, others, order.now)
    return claimed


def hand_in(conn: Connection, order: Order) -> None:
    """Store results and health, release finished lanes, renew the others."""
    delivery_store.save(conn, order.done.results)
    for endpoint, health in order.done.health.items():
        endpoint_store.save_health(conn, endpoint, health, order.now)
    lane_store.release(conn, order.me, order.done.released)
    lane_store.renew(conn, order.me, order.renewed, order.lease_until)
    if order.is_unsure:
        lane_store.let_go(conn, order.me, order.holds, order.now)


STALE_MS: Final = 1_000
"""An order that is older is not carried out in a ride: its leases would be too short by then."""


@dataclass(frozen=True, slots=True)
class RideEnd:
    """How a ride ended. `taken` is None when nothing came of it; `is_sure` says that then nothing was stored."""

    order: Order
    taken: Taken | None
    is_sure: bool = True


@dataclass(slots=True)
class DeliveryRide:
    """One exchange that goes along in the transaction that appends an event.

    The event is then routed, and its lane claimed, by the time it is committed. So there is one transaction for the
    event and its delivery, and nobody has to be woken to look for it. `end` is called once, by the loop's thread.
    """

    order: Order
    directory: EndpointDirectory
    end: Callable[[RideEnd], None]
    _taken: Taken | None = field(default=None, init=False)
    _broke: bool = field(default=False, init=False)
    # On SQLite the work runs in another thread.
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _worked: bool = field(default=False, init=False)
    _recalled: bool = field(default=False, init=False)

    def begin(self) -> None:
        self._taken, self._broke = None, False

    def recall(self) -> bool:
        """Keep the exchange from being run; return False when it has been run, or is over."""
        with self._lock:
            if self._worked or self._recalled:
                return False
            self._recalled = True
            return True

    def work(self, conn: Connection, account_key: int) -> bool:
        """Run the exchange; return whether every lane with a new delivery was claimed here, so nobody else is needed.

        A transaction that is tried again comes here again. One that waited for locks comes too late.
        """
        with self._lock:
            if self._recalled or now_ms() - self.order.now > STALE_MS:
                return False
            self._worked = True
        self._broke = True
        self._taken = taken = exchange(conn, self.order, self.directory, account_key=account_key)
        # A change of the exchange that waits must not fail later, as if it were the event's.
        conn.flush()
        self._broke = False
        mine = {(lane.endpoint, lane.lane) for lane in taken.lanes}
        return taken.wait is None and taken.opened <= mine

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _traceback: TracebackType | None
    ) -> bool:
        """Say how it ended. True for a fault of the exchange: its transaction was undone and may be done without it."""
        if self._recalled:
            return False
        if error is None:
            self.end(RideEnd(self.order, self._taken))
            return False
        is_undone = not isinstance(error, StorageFailed | asyncio.CancelledError)
        self.end(RideEnd(self.order, None, is_undone and not self._broke))
        return is_undone and self._broke and isinstance(error, Exception)
