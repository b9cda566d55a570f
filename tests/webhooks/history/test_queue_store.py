"""The figures of the queue: how many deliveries wait, and since when."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.tables import deliveries
from postroom.webhooks.history.queue_store import Queue, waiting
from tests.webhooks.conftest import House


async def queue(house: House, now: int) -> Queue:
    return await house.db.read(lambda conn: waiting(conn, now))


async def test_only_what_is_pending_counts_and_its_age_is_never_negative(posting: House) -> None:
    assert await queue(posting, 5_000) == Queue(0, 0)
    told = {"endpoint": "global", "lane": 1, "account_key": 1, "account": "anna", "type": "messageNew", "size": 1}
    rows = [
        {**told, "event_seq": 1, "created_at": 1_000, "state": "delivered"},
        {**told, "event_seq": 2, "created_at": 2_000, "state": "pending"},
        {**told, "event_seq": 3, "created_at": 3_000, "state": "pending"},
    ]
    await posting.db.write(lambda conn: conn.execute(sa.insert(deliveries), rows) and None)
    assert await queue(posting, 5_000) == Queue(2, 3_000)
    assert await queue(posting, 1_000) == Queue(2, 0)
