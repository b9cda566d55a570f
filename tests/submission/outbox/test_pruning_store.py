"""A walk goes on where it stopped, also between messages that were finished at the same time."""

from __future__ import annotations

from functools import partial

from postroom.storage.database import Database
from postroom.submission.outbox import pruning_store
from postroom.submission.outbox.pruning_store import Walk
from tests.submission.messages import add_account, bodies
from tests.submission.outbox.test_pruner import Clock, store


async def test_a_walk_meets_each_message_once(db: Database) -> None:
    await add_account(db)
    for at in (5, 5, 5, 9, 20):
        await store(db, Clock(), "sent", at)
    walk, met = Walk(), []
    for until in (8, 8, 10, 10, 30):
        drop = partial(pruning_store.drop_bodies, walk=walk, until=until, limit=2, sent_only=True)
        walk, number = await db.write(drop)
        met.append((number, len(await bodies(db))))
    assert met == [(2, 3), (1, 2), (1, 1), (0, 1), (1, 0)]
