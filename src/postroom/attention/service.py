"""Finds what needs a person now, over the whole installation."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from postroom.attention import facts_store
from postroom.attention.facts import AllTroubles
from postroom.attention.judging import judge_all
from postroom.attention.need import Need
from postroom.clock import now_ms
from postroom.cluster.nodes import Nodes
from postroom.configuration.runtime import RuntimeSettings
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database
from postroom.storage.sealing.soundness import Soundness
from postroom.submission.outbox.service import Outbox

__all__ = ["Attention"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """What needs a person, in one installation. Without `soundness`, stored secrets are not looked at."""

    db: Database
    runtime: RuntimeSettings
    outbox: Outbox
    nodes: Nodes
    soundness: Soundness | None = None
    clock: Callable[[], int] = now_ms

    async def needs(self) -> tuple[Need, ...]:
        """Return everything that needs a person, in the order in which to read it. Raises StorageUnavailable."""
        now, settings = self.clock(), await self.runtime.get()
        found = AllTroubles(
            now=now,
            stored=await self.db.read(partial(facts_store.read, now=now)),
            outbox=await self.outbox.counts(),
            nodes=await self.nodes.all(),
            unreadable=await self.soundness.counts() if self.soundness is not None else {},
            webhooks_enabled=settings.webhooks_enabled,
            sending_paused=settings.sending_paused,
        )
        return judge_all(found)
