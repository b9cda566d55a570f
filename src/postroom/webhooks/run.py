"""Runs the webhooks of one process: delivers them and prunes old ones, until cancelled."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LooksUp
from postroom.events.rides import Rides
from postroom.figures import Figures
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.webhooks.delivery.deliverer import Deliverer
from postroom.webhooks.history.pruner import Pruner
from postroom.webhooks.later_client import LaterClient


class Webhooks:
    """Everything that delivers webhooks in one process."""

    def __init__(
        self,
        *,
        db: Database,
        box: SecretBox,
        runtime: RuntimeSettings,
        settings: Settings,
        node_id: str,
        figures: Figures,
        lookups: LooksUp,
        rides: Rides | None = None,
    ) -> None:
        self._rides = rides or Rides()
        self._db = db
        self._box = box
        self._runtime = runtime
        self._settings = settings
        self._node_id = node_id
        self._figures = figures
        self._lookups = lookups

    async def run(self) -> None:
        """Route, deliver and prune until cancelled; then give requests in flight `shutdown_timeout` to finish."""
        client = LaterClient(address_policy(self._settings), self._lookups, self._settings.webhook_timeout)
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            stack.push_async_callback(client.close)
            deliverer = Deliverer(
                db=self._db,
                box=self._box,
                runtime=self._runtime,
                client=client,
                node_id=self._node_id,
                limit=self._settings.webhook_concurrency,
                grace=self._settings.shutdown_timeout / 2,
                figures=self._figures,
            )
            stack.enter_context(self._rides.offered(deliverer.ride))
            group.create_task(deliverer.run(), name="webhook delivery")
            group.create_task(
                Pruner(self._db, self._settings.event_retention, self._settings.event_limit).run(),
                name="webhook pruning",
            )


def address_policy(settings: Settings) -> AddressPolicy:
    """Return the policy of addresses to which webhooks may go."""
    return AddressPolicy.ANY if settings.webhook_private_addresses else AddressPolicy.PUBLIC
