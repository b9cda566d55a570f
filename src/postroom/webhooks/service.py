"""The service for webhook endpoints: creates, reads, changes and removes them, rotates secrets, sends test events."""

from __future__ import annotations

import secrets as random
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import orjson

from postroom.clock import iso, now_ms
from postroom.configuration.keys import SERVICE_SECRET, Snapshot
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.names import LooksUp
from postroom.events.log import TOPIC
from postroom.log import tell_moves
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake
from postroom.webhooks.delivery.courier import open_own
from postroom.webhooks.endpoints import endpoint_store
from postroom.webhooks.endpoints.change import EndpointChange
from postroom.webhooks.endpoints.endpoint_store import EndpointRow
from postroom.webhooks.endpoints.sealed_rows import (
    change_endpoint,
    changed_columns,
    endpoint_columns,
    known_endpoint,
    make_secret,
    open_endpoint,
)
from postroom.webhooks.endpoints.signing import derive_secret
from postroom.webhooks.endpoints.targets import (
    Target,
    Unreadable,
    Unwanted,
    endpoint_target,
    resolve,
    test_request,
    unreadable_settings,
)
from postroom.webhooks.history import history_store
from postroom.webhooks.later_client import LaterClient
from postroom.webhooks.model import (
    GLOBAL,
    AccountFacts,
    Delivery,
    EndpointFailure,
    EndpointNotFound,
    SendingState,
    SigningKey,
    TargetKind,
    WebhookEndpoint,
    kind_of,
)
from postroom.webhooks.retry import DeliveryOutcome, judge
from postroom.webhooks.run import address_policy
from postroom.webhooks.views import EndpointView, TestOutcome
from postroom.words.masking import masked_url

OVERLAP: Final = 86_400.0
"""Seconds for which a replaced secret still signs beside the new one by default."""

_ID_BYTES: Final = 12


class WebhookEndpoints:
    """The endpoints of one installation. The ids `global` and `account:<id>` name the targets in the settings.

    Every method that takes an id raises EndpointNotFound.
    """

    def __init__(
        self,
        *,
        db: Database,
        box: SecretBox,
        runtime: RuntimeSettings,
        settings: Settings,
        lookups: LooksUp,
        clock: Callable[[], int] = now_ms,
    ) -> None:
        self._db = db
        self._box = box
        self._runtime = runtime
        self._settings = settings
        self._policy = address_policy(settings)
        self._lookups = lookups
        self._clock = clock

    # Endpoints

    async def create(self, asked: EndpointChange) -> EndpointView:
        """Store and return a new endpoint; `body` has the API's field names. Raises InvalidEndpoint."""
        now = self._clock()
        blank = WebhookEndpoint(
            id=f"wh_{random.token_hex(_ID_BYTES)}",
            url="",
            keys=(SigningKey(make_secret()),),
            created_at=now,
            updated_at=now,
        )
        made = change_endpoint(blank, asked, self._policy)
        columns = endpoint_columns(made, self._box)
        row = {"id": made.id, "kind": TargetKind.OBJECT.value, "created_at": now, **columns}

        def work(conn: Connection) -> None:
            endpoint_store.insert(conn, row)
            wake(conn, TOPIC)

        await self._db.write(work)
        return _new(made)

    async def list_all(self) -> list[EndpointView]:
        """Return every endpoint, the global target first."""
        settings = await self._runtime.get()

        def work(conn: Connection) -> list[EndpointView]:
            rows = sorted(endpoint_store.all_rows(conn), key=lambda row: row.id != GLOBAL)
            views = [self.view_of(conn, row.id, row, settings) for row in rows]
            return views if rows and rows[0].id == GLOBAL else [self.view_of(conn, GLOBAL, None, settings), *views]

        return await self._db.read(work)

    async def list_used(self) -> list[EndpointView]:
        """Return every endpoint, the global target first, with all targets of accounts that have deliveries."""
        settings = await self._runtime.get()

        def work(conn: Connection) -> list[EndpointView]:
            rows = {row.id: row for row in endpoint_store.all_rows(conn)}
            used = [each for each in history_store.endpoints(conn) if kind_of(each) is TargetKind.ACCOUNT]
            ids = dict.fromkeys([GLOBAL, *rows, *used])
            return [self.view_of(conn, each, rows.get(each), settings) for each in ids]

        return await self._db.read(work)

    async def get(self, endpoint: str) -> EndpointView:
        """Return one endpoint with the number of its deliveries by state."""

        settings = await self._runtime.get()

        def work(conn: Connection) -> EndpointView:
            row, counts = endpoint_store.find(conn, endpoint), history_store.counts(conn, endpoint)
            was_one = kind_of(endpoint) is TargetKind.ACCOUNT and counts
            if row is None and not was_one and not endpoint_store.is_implied(conn, endpoint):
                raise EndpointNotFound
            return replace(self.view_of(conn, endpoint, row, settings), counts=counts)

        return await self._db.read(work)

    async def update(self, endpoint: str, change: EndpointChange) -> EndpointView:
        """Change an endpoint; absent fields stay. For a target in the settings only `enabled` can be changed.

        Switching an endpoint off ends its queue. Changing it or switching it on resets its health. Raises
        InvalidEndpoint.
        """
        settings = await self._runtime.get()

        def work(conn: Connection) -> tuple[EndpointView, EndpointView]:
            row = endpoint_store.hold(conn, endpoint, self._clock())
            if row is None:
                raise EndpointNotFound
            now = max(self._clock(), row.updated_at + 1)
            before = self.view_of(conn, endpoint, row, settings)
            if row.kind == TargetKind.OBJECT:
                values, new_secret = changed_columns(row, change, self._policy, self._box, now)
            else:
                new_secret = None
                enabled = row.enabled if change.enabled is None else change.enabled
                values = {"enabled": enabled, "updated_at": now}
            clean = {"failures": 0, "failing_since": None, "paused_until": None, "last_error": None}
            endpoint_store.update(conn, endpoint, {**values, **clean})
            if not values["enabled"]:
                endpoint_store.finish_pending(conn, endpoint, SendingState.DEAD, "the endpoint was switched off", now)
            wake(conn, TOPIC)
            view = self.view_of(conn, endpoint, endpoint_store.find(conn, endpoint), settings)
            return before, replace(view, new_secret=new_secret)

        before, view = await self._db.write(work)
        tell_moves("webhooks", {"url": before.url}, {"url": view.url}, endpoint=endpoint)
        return view

    async def remove(self, endpoint: str) -> None:
        """Remove an endpoint made through the API, and end its queue."""

        def work(conn: Connection) -> None:
            row = endpoint_store.find(conn, endpoint, held=True)
            if row is None or row.kind != TargetKind.OBJECT:
                raise EndpointNotFound
            endpoint_store.finish_pending(
                conn, endpoint, SendingState.DROPPED, "the endpoint was removed", self._clock()
            )
            endpoint_store.delete(conn, endpoint)
            wake(conn, TOPIC)

        await self._db.write(work)

    # Secrets

    async def secret(self, endpoint: str) -> str:
        """Return the current signing secret, `whsec_…`."""
        if kind_of(endpoint) is not TargetKind.OBJECT:
            return derive_secret((await self._runtime.get()).demand(SERVICE_SECRET).service_secret)
        row = await self._db.read(lambda conn: endpoint_store.find(conn, endpoint))
        if row is None:
            raise EndpointNotFound
        return open_endpoint(row, self._box).secret

    async def rotate_secret(self, endpoint: str, *, secret: str | None = None, overlap: float = OVERLAP) -> str:
        """Replace the secret of an endpoint made through the API; return the new one.

        The old secret also signs for `overlap` more seconds. Raises InvalidEndpoint when `secret` is malformed.
        """

        def work(conn: Connection) -> str:
            row = endpoint_store.find(conn, endpoint, held=True)
            if row is None or row.kind != TargetKind.OBJECT:
                raise EndpointNotFound
            before = open_endpoint(row, self._box)
            now = max(self._clock(), row.updated_at + 1)
            until = now + int(overlap * 1000)
            new = secret if secret is not None else make_secret()
            changed = change_endpoint(before, EndpointChange(secret=new), self._policy)
            old = [replace(key, until=min(key.until or until, until)) for key in before.keys]
            keys = (*changed.keys, *(key for key in old if key.until and key.until > now and key.secret != new))
            columns = endpoint_columns(replace(changed, keys=keys, updated_at=now), self._box)
            endpoint_store.update(conn, endpoint, columns)
            wake(conn, TOPIC)
            return new

        return await self._db.write(work)

    # Test events

    async def test(self, endpoint: str) -> TestOutcome:
        """Post a test event to an endpoint, once and at once, and return the outcome. The event is not logged."""
        view = await self.get(endpoint)
        now = self._clock()
        event_id = str(uuid.uuid4())
        target = await self.target_of(view)
        if isinstance(target, Unwanted):
            return TestOutcome(False, None, "NoTarget", f"Nothing was sent: {target.reason}.", event_id)
        if isinstance(target, Unreadable):
            return TestOutcome(False, None, SecretUnreadable.code, f"Nothing was sent. {target.reason}", event_id)
        body = {"account": None, "date": iso(now), "event": "test", "data": {"endpoint": endpoint, "test": True}}
        request = test_request(target, orjson.dumps(body).decode(), event_id, now)
        client = LaterClient(self._policy, self._lookups, self._settings.webhook_timeout)
        try:
            answer = await client.post(request)
        finally:
            await client.close()
        verdict = judge(answer, now / 1000)
        delivered = verdict.outcome is DeliveryOutcome.DELIVERED
        return TestOutcome(delivered, verdict.status, verdict.code, verdict.message, event_id)

    async def target_of(self, view: EndpointView) -> Target | Unwanted | Unreadable:
        """Return where requests to an endpoint go by the current settings, with its secrets."""
        settings = await self._runtime.get()
        now = self._clock()
        if view.config is not None:
            return endpoint_target(view.config, settings, now)
        facts = await self._db.read(lambda conn: _account(conn, view.id)) if view.kind is TargetKind.ACCOUNT else None
        own = open_own(facts, self._box)
        trial = Delivery(0, view.id, 0, 0, 0, "", "accountDeleted", 0, 0, 0, now, None)
        everything = replace(settings, webhooks_enabled=True, webhook_events=("*",))
        return resolve(trial, everything, {}, own, now)

    def view_of(self, conn: Connection, endpoint: str, row: EndpointRow | None, settings: Snapshot) -> EndpointView:
        """Return an endpoint as shown; a target in the settings may have no row. It may be one that is gone."""
        kind = kind_of(endpoint)
        config = known_endpoint(row, self._box) if row is not None and kind is TargetKind.OBJECT else None
        url = config.url if config else None
        stuck = unreadable_settings(settings) if kind is TargetKind.GLOBAL else None
        if kind is TargetKind.GLOBAL:
            url = settings.webhooks
        elif kind is TargetKind.ACCOUNT:
            facts = _account(conn, endpoint)
            own = facts.settings.webhooks if facts else None
            url = own.reveal() if own else None
        return EndpointView(
            id=endpoint,
            kind=kind,
            url=masked_url(url) if url else None,
            enabled=row.enabled if row else True,
            config=config,
            created_at=row.created_at if row else None,
            updated_at=row.updated_at if row else None,
            failing_since=row.failing_since if row else None,
            paused_until=row.paused_until if row else None,
            last_error=_last_error(row, config.unreadable if config else stuck),
        )


def _last_error(row: EndpointRow | None, unreadable: str | None) -> EndpointFailure | None:
    """Return why an endpoint fails. Unreadable secrets are reported even before anything is sent."""
    if unreadable is not None and (row is None or row.last_error is None):
        return {"code": SecretUnreadable.code, "message": unreadable}
    return row.last_error if row else None


def _new(made: WebhookEndpoint) -> EndpointView:
    """Return the view of a new endpoint."""
    return EndpointView(
        id=made.id,
        kind=TargetKind.OBJECT,
        url=masked_url(made.url),
        enabled=made.enabled,
        config=made,
        created_at=made.created_at,
        updated_at=made.updated_at,
        failing_since=None,
        paused_until=None,
        last_error=None,
    )


def _account(conn: Connection, endpoint: str) -> AccountFacts | None:
    return endpoint_store.facts_of_account(conn, endpoint.partition(":")[2])
