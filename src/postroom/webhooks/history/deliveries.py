"""The service for deliveries: lists them, sends one again, or replays all since a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from postroom.accounts.model import Page
from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import StorageFailed
from postroom.events.log import TOPIC
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake
from postroom.webhooks.delivery.lane_store import open_lanes
from postroom.webhooks.delivery.router import Rules, new_delivery, wanting_endpoints
from postroom.webhooks.delivery.routing_store import BATCH, BATCH_WITH_PAYLOADS, insert_deliveries
from postroom.webhooks.endpoints import endpoint_store
from postroom.webhooks.endpoints.endpoint_store import EndpointRow
from postroom.webhooks.endpoints.sealed_rows import known_endpoint
from postroom.webhooks.history import history_store, queue_store
from postroom.webhooks.history.history_store import DeliveryQuery, Replay, Replayed
from postroom.webhooks.history.queue_store import Queue
from postroom.webhooks.model import DeliveryNotFound, EndpointNotFound, NothingIsSent, TargetKind, kind_of
from postroom.webhooks.views import DeliveryView, EndpointTraffic


class WebhookDeliveries:
    """The deliveries of one installation, by endpoint: those made through the API, `global`, and `account:<id>`."""

    def __init__(
        self, *, db: Database, box: SecretBox, runtime: RuntimeSettings, clock: Callable[[], int] = now_ms
    ) -> None:
        self._db = db
        self._box = box
        self._runtime = runtime
        self._clock = clock

    async def page(self, endpoint: str, query: DeliveryQuery) -> Page:
        """Return a page of an endpoint's deliveries, newest first. Raises EndpointNotFound."""

        def work(conn: Connection) -> tuple[int, list[DeliveryView]]:
            _require(conn, endpoint)
            return history_store.page(conn, endpoint, query)

        total, items = await self._db.read(work)
        return Page(total, query.page, query.page_size, items)

    async def get(self, endpoint: str, delivery: int) -> DeliveryView:
        """Return one delivery. Raises DeliveryNotFound."""
        found = await self._db.read(lambda conn: history_store.find(conn, endpoint, delivery))
        if found is None:
            raise DeliveryNotFound
        return found

    async def waiting(self) -> Queue:
        """Return the figures of the queue of the whole installation. Raises StorageUnavailable."""
        return await self._db.read(partial(queue_store.waiting, now=self._clock()))

    async def traffic(self, endpoints: Iterable[str]) -> dict[str, EndpointTraffic]:
        """Return what goes to each of these endpoints."""

        def work(conn: Connection) -> dict[str, EndpointTraffic]:
            waiting = queue_store.waiting_by_endpoint(conn)
            return {
                each: EndpointTraffic(waiting.get(each, 0), history_store.last_delivered(conn, each))
                for each in endpoints
            }

        return await self._db.read(work)

    async def replay(self, endpoint: str, delivery: int) -> None:
        """Send one delivery again at once, in any state. Raises DeliveryNotFound, NothingIsSent."""
        now = self._clock()
        await self._require_open(await self._db.read(lambda conn: endpoint_store.find(conn, endpoint)))
        if not await self._db.write(lambda conn: history_store.requeue(conn, endpoint, delivery, now, TOPIC)):
            raise DeliveryNotFound

    async def replay_since(self, replay: Replay) -> Replayed:
        """Queue the endpoint's events since a time again, in order; return how many were queued.

        The current settings decide which events the endpoint wants. Events that are already queued stay as they are.
        If the database fails after a part was queued, the answer says how far it got. Raises EndpointNotFound,
        NothingIsSent.
        """
        await self._require_open(await self._db.read(lambda conn: _require(conn, replay.endpoint)))
        count, after = 0, replay.after
        try:
            while (moved := await self._replay_some(replay, after)) is not None:
                count += moved[0]
                after = moved[1]
        except StorageFailed:
            if after == replay.after:
                raise
            return Replayed(count, after, complete=False)
        return Replayed(count, after, complete=True)

    async def _require_open(self, row: EndpointRow | None) -> None:
        """Raise NothingIsSent instead of queueing a webhook that cannot be sent."""
        settings = await self._runtime.get()
        if not settings.webhooks_enabled:
            raise NothingIsSent("Webhooks are switched off: set webhooksEnabled in POST /v1/settings first.")
        # An implied endpoint that was switched off is enabled again when its URL changes. Its row may be older.
        if row is not None and row.kind == TargetKind.OBJECT and not row.enabled:
            raise NothingIsSent("The endpoint is switched off: PUT it with enabled: true first.")

    async def _replay_some(self, replay: Replay, after: int) -> tuple[int, int] | None:
        settings = await self._runtime.get()
        now = self._clock()
        look_inside = settings.inbox_new_only
        batch = BATCH_WITH_PAYLOADS if look_inside else BATCH

        def work(conn: Connection) -> tuple[int, int] | None:
            found = history_store.events_to_replay(conn, replay, after, batch, with_payload=look_inside)
            if not found:
                return None
            row = endpoint_store.find(conn, replay.endpoint)
            is_object = row is not None and row.kind == TargetKind.OBJECT
            endpoints = {row.id: known_endpoint(row, self._box)} if row is not None and is_object else {}
            rules = Rules(settings, endpoints, {})
            facts = endpoint_store.FactsOfAccounts(conn).of({event.account_key for event in found})
            wanted = [
                event
                for event in found
                if not event.queued and replay.endpoint in wanting_endpoints(event, facts.get(event.account_key), rules)
            ]
            if wanted:
                history_store.mark_replayed(conn, replay.endpoint, [event.seq for event in wanted])
                made = [new_delivery(event, replay.endpoint, now) for event in wanted]
                insert_deliveries(conn, made)
                open_lanes(conn, {(row["endpoint"], row["lane"]) for row in made}, now)
                wake(conn, TOPIC)
            return len(wanted), found[-1].seq

        return await self._db.write(work)


def _require(conn: Connection, endpoint: str) -> EndpointRow | None:
    """Return the endpoint's row, None for a target in the settings without one. Raises EndpointNotFound."""
    row = endpoint_store.find(conn, endpoint)
    if row is None and kind_of(endpoint) is TargetKind.OBJECT:
        raise EndpointNotFound
    return row
