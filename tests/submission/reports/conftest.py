"""An office whose account `anna` is connected, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.storage.database import Database
from tests.fakes.imap_server import FakeImapServer
from tests.submission.reports.office import ReportOffice


@pytest.fixture
async def office(db: Database) -> AsyncIterator[ReportOffice]:
    async with FakeImapServer() as mail:
        made = ReportOffice(db, mail)
        await made.add_account()
        yield made
        await made.visits.borrowing.pool.close()
