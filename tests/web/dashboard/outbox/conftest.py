"""A dashboard with the account `anna`, which sends and does not read; ways to bring its messages into each state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.storage.schema.sending import submission_recipients, submissions
from postroom.storage.statements.connection import Connection
from postroom.web.dashboard.desk import Desk
from tests.submission.messages import accepting, add_account, message
from tests.web.dashboard.desk_site import BOX, DeskSite, open_desk


@dataclass
class Sending:
    """The outbox of a dashboard."""

    site: DeskSite

    async def submit(self, account: str = "anna", *to: str, state: str = "queued", **fields: Any) -> str:
        """Store a message in a state, and its recipients too; return its queue id."""
        accept = accepting(self.site.db, box=BOX)
        queue_id = (await accept.accept(message(account, *to, **fields))).queue_id
        if state != "queued":
            recipient = {"failed": "refused", "sending": "queued"}.get(state, state)
            await self.change(queue_id, state=state, attempts=1, error={"message": "It broke."}, attempt="token")
            await self.change_recipients(queue_id, state=recipient)
        return queue_id

    async def change(self, queue_id: str, **values: Any) -> None:
        """Change a message."""
        statement = sa.update(submissions).where(submissions.c.queue_id == queue_id).values(values)
        await self.site.db.write(partial(_execute, statement=statement))

    async def change_recipients(self, queue_id: str, **values: Any) -> None:
        """Change all recipients of a message."""
        own = sa.select(submissions.c.id).where(submissions.c.queue_id == queue_id)
        statement = sa.update(submission_recipients).where(submission_recipients.c.submission.in_(own)).values(values)
        await self.site.db.write(partial(_execute, statement=statement))


def _execute(conn: Connection, *, statement: sa.Update) -> None:
    conn.execute(statement)


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """The dashboard; nothing is sent."""
    async with open_desk(sqlite_url, tmp_path) as running:
        await add_account(running.db, box=BOX)
        yield running


@pytest.fixture
def desk(site: DeskSite) -> Desk:
    """The services that the screens get."""
    return site.gateway.desk


@pytest.fixture
def sending(site: DeskSite) -> Sending:
    """Ways to bring messages into each state."""
    return Sending(site)
