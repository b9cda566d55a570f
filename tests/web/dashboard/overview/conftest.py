"""An installation with its dashboard, and accounts in any state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_settings, account_status, accounts, nodes
from tests.attention.conftest import rows_of
from tests.web.dashboard.desk_site import DeskSite, open_desk


@dataclass
class Installation:
    """A dashboard, and what its database holds."""

    site: DeskSite

    async def join(self, node: str = "one", **columns: Any) -> None:
        """Let a node join, whose heartbeat is always fresh."""
        row = {"id": node, "host": f"host-of-{node}", "version": "1.2", "started_at": 0, "heartbeat_at": 2**45}
        values = {**row, "draining": False, "accounts": 1, **columns}
        await self.site.db.write(lambda conn: conn.execute(sa.insert(nodes), values) and None)

    async def add(self, account: str, **told: Any) -> None:
        """Add an account; takes what `rows_of` takes."""
        row, settings, status = rows_of(account, **{"state": State.CONNECTED, **told})

        def work(conn: Connection) -> None:
            key = int(conn.execute(sa.insert(accounts).values(row).returning(accounts.c.key)).scalar_one())
            conn.execute(sa.insert(account_settings).values(account_key=key, **settings))
            conn.execute(sa.insert(account_status).values(account_key=key, **status))

        await self.site.db.write(work)


@asynccontextmanager
async def open_installation(url: str, folder: Path) -> AsyncIterator[Installation]:
    """Open an empty installation. Pages are told of changes."""
    async with open_desk(url, folder) as site:
        reading = asyncio.ensure_future(site.gateway.api.streams.run())
        yield Installation(site)
        reading.cancel()
        await asyncio.wait([reading])


@pytest.fixture
async def installation(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    """An empty installation."""
    async with open_installation(sqlite_url, tmp_path) as opened:
        yield opened
