"""Removes what is kept no longer, in small batches, in the background: octets, old messages, idempotency keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.loops import Timer, run_loop
from postroom.storage.database import Database
from postroom.storage.turns import WriteTurn
from postroom.submission.accepting import key_store
from postroom.submission.outbox import pruning_store
from postroom.submission.outbox.pruning_store import Walk

__all__ = ["OutboxPruner"]

INTERVAL: Final = 60.0
BATCH: Final = 500
KEEP_MESSAGES_MS: Final = 90 * 86_400_000
SETTLED_MS: Final = 300_000
"""Milliseconds after which every message that was finished by then is stored, even by a node whose clock is late."""

_DAY_MS: Final = 86_400_000


class OutboxPruner:
    """Prunes one database. Several processes may do so at the same time.

    It walks through the finished messages twice: soon, for the octets of what was sent, and after the keep time, for
    those of all others. After a start it begins again with the oldest.
    """

    def __init__(self, *, db: Database, runtime: RuntimeSettings, clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self._runtime = runtime
        self._clock = clock
        self._sent = Walk()
        self._all = Walk()

    async def run(self) -> None:
        """Prune until cancelled."""
        await run_loop("outbox pruning", self._prune, Timer(), INTERVAL)

    async def _prune(self, _hints: set[str]) -> float | None:
        now = self._clock()
        keep = (await self._runtime.get()).outbox_keep_days * _DAY_MS
        self._sent, sent = await self._drop(self._sent, now - SETTLED_MS, sent_only=True)
        self._all, old = await self._drop(self._all, now - keep, sent_only=False)
        rest = (
            partial(pruning_store.drop_undecided_bodies, tried_before=now - keep, limit=BATCH),
            partial(pruning_store.forget, before=now - KEEP_MESSAGES_MS, limit=BATCH),
            partial(key_store.prune, now=now, limit=BATCH),
        )
        counts = [await self._db.write(work, turn=WriteTurn.PATIENT) for work in rest]
        return 0.0 if BATCH in (sent, old, *counts) else None

    async def _drop(self, walk: Walk, until: int, *, sent_only: bool) -> tuple[Walk, int]:
        if until < walk.finished_at:
            return walk, 0
        drop = partial(pruning_store.drop_bodies, walk=walk, until=until, limit=BATCH, sent_only=sent_only)
        return await self._db.write(drop, turn=WriteTurn.PATIENT)
