"""Says whether a message gets a copy in sent mail when only the settings tell which provider took it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

from postroom.accounts import store
from postroom.footprint.dataclass import dataclass
from postroom.sessions.quirks import sending_for
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.submission.ability import server_host
from postroom.submission.copy_rule import copies
from postroom.submission.plan import SendingPlan

__all__ = ["CopyWish", "CopyWishes", "only_if_asked"]

CopyWish: TypeAlias = Callable[[str, SendingPlan], Awaitable[bool]]
"""Says for an account and a plan whether a message that turns out to be sent gets a copy."""


async def only_if_asked(_account: str, plan: SendingPlan) -> bool:
    """The rule where nothing is known of the provider: only when the request asked for it."""
    return plan.copy is True


@dataclass(frozen=True, slots=True)
class CopyWishes:
    """The rule by the stored settings of an account and the provider's host in them."""

    db: Database

    async def copies(self, account: str, plan: SendingPlan) -> bool:
        """Return whether Postroom stores a copy. An account that is gone gets none."""
        return await self.db.read(partial(_copies, account=account, plan=plan))


def _copies(conn: Connection, account: str, plan: SendingPlan) -> bool:
    row = store.find(conn, account)
    if row is None:
        return False
    settings, _ = store.load_settings(conn, row.key)
    return copies(settings, sending_for(server_host(conn, settings) or ""), plan)
