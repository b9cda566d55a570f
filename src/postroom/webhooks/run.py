"""The room's entry: delivers webhooks and prunes what is old, until cancelled."""

from __future__ import annotations

import asyncio

from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.addresses import AddressPolicy
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.secrets import SecretBox
from postroom.webhooks.board import CEILING
from postroom.webhooks.client import HttpClient
from postroom.webhooks.deliverer import Deliverer
from postroom.webhooks.egress import open_session
from postroom.webhooks.pruner import Pruner


class Webhooks:
    """Everything that delivers webhooks in one process."""

    def __init__(
        self, db: Database, box: SecretBox, runtime_settings: RuntimeSettings, settings: Settings, node_id: str
    ) -> None:
        self._db = db
        self._box = box
        self._runtime = runtime_settings
        self._settings = settings
        self._node_id = node_id

    async def run(self) -> None:
        """Route, deliver and prune until cancelled; then requests in flight get `shutdown_timeout` to finish."""
        policy = address_policy(self._settings)
        async with open_session(policy, CEILING) as session, asyncio.TaskGroup() as group:
            deliverer = Deliverer(
                self._db,
                self._box,
                self._runtime,
                HttpClient(session, policy, self._settings.webhook_timeout),
                node_id=self._node_id,
                limit=self._settings.webhook_concurrency,
                grace=self._settings.shutdown_timeout / 2,
            )
            group.create_task(deliverer.run(), name="webhook delivery")
            group.create_task(
                Pruner(self._db, self._settings.event_retention, self._settings.event_limit).run(),
                name="webhook pruning",
            )


def address_policy(settings: Settings) -> AddressPolicy:
    """Return which addresses webhooks may go to."""
    return AddressPolicy.ANY if settings.webhook_private_addresses else AddressPolicy.PUBLIC
