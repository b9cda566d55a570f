"""The service that says what became of an event, and everything about one delivery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from postroom.clock import now_ms
from postroom.configuration.keys import Snapshot
from postroom.configuration.runtime import RuntimeSettings
from postroom.events import store as event_store
from postroom.events.model import EventNotFound, LoggedEvent
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from postroom.webhooks.delivery import try_store
from postroom.webhooks.delivery.router import Rules, objections
from postroom.webhooks.endpoints import endpoint_store
from postroom.webhooks.endpoints.endpoint_store import EndpointRow, FactsOfAccounts
from postroom.webhooks.endpoints.sealed_rows import known_endpoint
from postroom.webhooks.endpoints.targets import Target
from postroom.webhooks.fates.request import ShownRequest, request_shown
from postroom.webhooks.fates.verdict import Announced, FateVerdict, fate_of, fate_of_delivery
from postroom.webhooks.history import history_store, queue_store
from postroom.webhooks.model import (
    Delivery,
    DeliveryNotFound,
    DeliveryTry,
    Objection,
    SendingState,
    TargetKind,
    kind_of,
)
from postroom.webhooks.service import WebhookEndpoints
from postroom.webhooks.views import DeliveryView, EndpointView

LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class EndpointFate:
    """An endpoint, and what became of the event there. An event that was sent again has several at one endpoint."""

    endpoint: EndpointView
    fate: FateVerdict


@dataclass(frozen=True, slots=True)
class EventStory:
    """An event with its fates. `event` is None when it is no longer kept, but deliveries of it are."""

    seq: int
    event: LoggedEvent | None
    fates: list[EndpointFate]


@dataclass(frozen=True, slots=True)
class DeliveryStory:
    """A delivery: its fate, its requests in order, its event, and its request.

    `request` is None when it cannot be made any more.
    """

    delivery: DeliveryView
    endpoint: EndpointView
    fate: FateVerdict
    tries: list[DeliveryTry]
    event: LoggedEvent | None
    request: ShownRequest | None


class EventFates:
    """The fates of one installation's events. Every method raises StorageUnavailable."""

    def __init__(
        self,
        *,
        db: Database,
        box: SecretBox,
        runtime: RuntimeSettings,
        endpoints: WebhookEndpoints,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._db = db
        self._box = box
        self._runtime = runtime
        self._endpoints = endpoints
        self._clock = clock

    async def of_event(self, seq: int) -> EventStory:
        """Return what became of an event at each endpoint. Raises EventNotFound."""
        settings = await self._runtime.get()

        def work(conn: Connection) -> EventStory:
            event, sent = event_store.find(conn, seq), history_store.of_event(conn, seq)
            if event is None and not sent:
                raise EventNotFound(f"There is no event with the number {seq}, or it is no longer kept.")
            fates = [self._sent(conn, each, settings) for each in sent]
            if event is not None:
                fates += self._not_sent(conn, event, {each.endpoint for each in sent}, settings)
            return EventStory(seq, event, fates)

        return await self._db.read(work)

    async def of_delivery(self, delivery: int) -> DeliveryStory:
        """Return everything about one delivery. Raises DeliveryNotFound."""
        settings = await self._runtime.get()

        def work(conn: Connection) -> tuple[DeliveryView, EndpointFate, list[DeliveryTry], LoggedEvent | None]:
            found = history_store.find_any(conn, delivery)
            if found is None:
                raise DeliveryNotFound
            event = event_store.find(conn, found.event_seq)
            return found, self._sent(conn, found, settings), try_store.tries_of(conn, delivery), event

        found, theirs, tries, event = await self._db.read(work)
        request = await self._request(found, theirs.endpoint, event) if event is not None else None
        return DeliveryStory(found, theirs.endpoint, theirs.fate, _all_tries(found, tries), event, request)

    def _sent(self, conn: Connection, delivery: DeliveryView, settings: Snapshot) -> EndpointFate:
        row = endpoint_store.find(conn, delivery.endpoint)
        view = self._endpoints.view_of(conn, delivery.endpoint, row, settings)
        is_pending = delivery.state == SendingState.PENDING
        place = queue_store.place_of(conn, delivery.id) if is_pending else None
        return EndpointFate(view, fate_of_delivery(delivery, place, view, self._clock()))

    def _not_sent(self, conn: Connection, event: LoggedEvent, sent: set[str], settings: Snapshot) -> list[EndpointFate]:
        rows = {row.id: row for row in endpoint_store.ask_directory(conn)()}
        announced = Announced(event.seq, event.type, event.at, event_store.is_routed(conn, event.seq))
        fates = []
        for endpoint, objection in self._objections(conn, event, rows, settings).items():
            if endpoint not in sent:
                row = rows.get(endpoint) or endpoint_store.find(conn, endpoint)
                view = self._endpoints.view_of(conn, endpoint, row, settings)
                fate = fate_of(announced, view, objection, settings.webhook_events, self._clock())
                fates.append(EndpointFate(view, fate))
        return fates

    def _objections(
        self, conn: Connection, event: LoggedEvent, rows: dict[str, EndpointRow], settings: Snapshot
    ) -> dict[str, Objection | None]:
        made = {each.id: known_endpoint(each, self._box) for each in rows.values() if each.kind == TargetKind.OBJECT}
        disabled = {each.id: each.target for each in rows.values() if each.kind != TargetKind.OBJECT}
        facts = FactsOfAccounts(conn).of({event.account_key}).get(event.account_key)
        return objections(event, facts, Rules(settings, made, disabled))

    async def _request(self, view: DeliveryView, endpoint: EndpointView, event: LoggedEvent) -> ShownRequest | None:
        is_gone = kind_of(view.endpoint) is TargetKind.OBJECT and endpoint.config is None
        target = None if is_gone else await self._endpoints.target_of(endpoint)
        if not isinstance(target, Target):
            return None
        at = view.attempted_at or self._clock()
        earlier = max(view.attempts - 1, 0)
        sent = Delivery(
            view.id,
            view.endpoint,
            0,
            view.event_seq,
            event.account_key,
            view.account,
            view.type,
            len(event.payload),
            earlier,
            0,
            view.created_at,
            view.attempted_at,
            event.id,
            event.payload,
        )
        return request_shown(target, sent, at)


def _all_tries(view: DeliveryView, kept: list[DeliveryTry]) -> list[DeliveryTry]:
    """Return the requests that are kept, and the last one, which the delivery itself holds."""
    is_kept = any(each.number == view.attempts for each in kept)
    if is_kept or not view.attempts or view.attempted_at is None:
        return kept
    took = view.last_took if view.attempts == 1 else None
    error = None if view.state == SendingState.DELIVERED else view.last_error
    return [*kept, DeliveryTry(view.attempts, view.attempted_at, took, view.last_status, error)]
