"""An account with an address, whose mailbox is at the scriptable server: what a message refers to is there."""

from __future__ import annotations

import pytest

from postroom.mailboxes.visiting import MailVisits
from postroom.storage.tables import accounts as table
from tests.mailboxes.conftest import account, mail, visits

__all__ = ["account", "mail", "visits"]


@pytest.fixture
async def own_visits(visits: MailVisits) -> MailVisits:
    """Visits to an account whose address is `Me <me@example.com>`."""
    values = {"email": "me@example.com", "name": "Me"}
    await visits.db.write(lambda conn: conn.execute(table.update().values(values)))
    return visits
