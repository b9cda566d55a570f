"""Removes finished deliveries and routed events older than the retention, in small batches, in the background.

It also gives up deliveries whose endpoint failed for as long as the retry schedule lasts, and switches off endpoints
made through the API that have failed for five days.
"""

from __future__ import annotations

from typing import Final

from postroom.clock import now_ms
from postroom.events import log as event_log
from postroom.log import get_logger
from postroom.loops import Timer, run_loop
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.webhooks.endpoints import endpoint_store
from postroom.webhooks.history import history_store
from postroom.webhooks.model import SendingState, TargetKind, kind_of
from postroom.webhooks.retry import LIFETIME

INTERVAL: Final = 60.0
BATCH: Final = 2000
GIVE_UP_ENDPOINT_AFTER_MS: Final = 5 * 86_400_000
log = get_logger("webhooks")


class Pruner:
    """Prunes one database. Several processes may do so at the same time.

    `retention` is in seconds; `event_limit` is the most events kept.
    """

    def __init__(self, db: Database, retention: float, event_limit: int) -> None:
        self._db = db
        self._event_limit = event_limit
        self._retention_ms = int(retention * 1000)

    async def run(self) -> None:
        """Prune until cancelled."""
        await run_loop("webhook pruning", self._prune, Timer(), INTERVAL)

    async def _prune(self, _hints: set[str]) -> float | None:
        now = now_ms()
        for endpoint in await self._db.write(lambda conn: give_up(conn, now)):
            log.error("webhook endpoint failed for five days and was switched off", endpoint=endpoint)
        if mended := await self._db.write(lambda conn: history_store.mend_lanes(conn, now)):
            log.error("webhook deliveries had no lane and were queued again", lanes=mended)
        is_more = await self._db.write(lambda conn: prune(conn, now - self._retention_ms, now))
        beyond = await self._db.write(lambda conn: event_log.prune_beyond(conn, self._event_limit, BATCH))
        return 0.0 if is_more or beyond == BATCH else None


def give_up(conn: Connection, now: int) -> list[str]:
    """Give up deliveries and endpoints that failed for too long; return the endpoints that were switched off."""
    for endpoint in endpoint_store.failing_longer(conn, now - LIFETIME * 1000):
        history_store.bury(conn, endpoint, now - LIFETIME * 1000, now)
    switched_off = []
    for endpoint in endpoint_store.failing_longer(conn, now - GIVE_UP_ENDPOINT_AFTER_MS):
        if kind_of(endpoint) is TargetKind.OBJECT:
            endpoint_store.update(conn, endpoint, {"enabled": False, "failing_since": None, "updated_at": now})
            reason = "the endpoint failed for five days and was switched off"
            endpoint_store.finish_pending(conn, endpoint, SendingState.DEAD, reason, now)
            switched_off.append(endpoint)
    return switched_off


def prune(conn: Connection, before: int, now: int) -> bool:
    """Remove one batch of events and deliveries older than `before`; say whether there may be more."""
    removed = history_store.prune(conn, before, now, BATCH)
    return event_log.prune(conn, before, BATCH) == BATCH or removed == BATCH
