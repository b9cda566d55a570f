"""An action on 10,000 accounts is stored by one statement, and its queries are cut from indexes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from postroom.accounts.bulk import jobs_store
from postroom.accounts.bulk.model import BulkAction, BulkItem, BulkJob
from postroom.accounts.model import ListQuery
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts as table

MANY = 2_000
JOB = BulkJob("j", BulkAction.RECONNECT, "all", "admin", MANY, 0, 0, False, 1, None)


def fill(conn: Connection) -> None:
    row: dict[str, Any] = {"name": "", "email": "", "search": "", "type": "imap", "created_at": 0}
    row |= {"state": "init", "state_since": 0}
    conn.execute(sa.insert(table), [{**row, "account": f"a{n:05}"} for n in range(MANY)])
    jobs_store.insert(conn, JOB, ListQuery())


async def test_batches_go_through_all_accounts_in_order(db: Database) -> None:
    await db.write(fill)
    first = await db.read(lambda conn: jobs_store.batch(conn, JOB, 3))
    assert first == [BulkItem(1, "a00000"), BulkItem(2, "a00001"), BulkItem(3, "a00002")]
    failed = [*first[:2], first[2]._replace(error="no")]
    claimed = await db.write(lambda conn: jobs_store.claim(conn, "node", 1, 100))
    assert claimed == JOB
    assert await db.write(lambda conn: jobs_store.advance(conn, JOB, "node", failed, 5))
    now = await db.read(lambda conn: jobs_store.find(conn, "j"))
    assert now is not None
    assert (now.position, now.failed) == (3, 1)
    assert await db.read(lambda conn: jobs_store.errors(conn, "j", 10)) == [BulkItem(3, "a00002", "no")]
    assert [item.place for item in await db.read(lambda conn: jobs_store.batch(conn, now, 2))] == [4, 5]


async def test_a_claimed_action_is_due_at_the_end_of_the_lease(db: Database) -> None:
    await db.write(fill)
    assert await db.read(jobs_store.next_due) == 1
    await db.write(lambda conn: jobs_store.claim(conn, "node", 1, 100))
    assert await db.read(jobs_store.next_due) == 100
    assert await db.write(lambda conn: jobs_store.claim(conn, "other", 99, 200)) is None
    assert await db.write(lambda conn: jobs_store.claim(conn, "node", 99, 150)) == JOB
    assert await db.write(lambda conn: jobs_store.claim(conn, "other", 150, 250)) == JOB


async def test_only_the_holder_notes_what_was_done(db: Database) -> None:
    await db.write(fill)
    await db.write(lambda conn: jobs_store.claim(conn, "node", 1, 100))
    items = await db.read(lambda conn: jobs_store.batch(conn, JOB, 3))
    assert not await db.write(lambda conn: jobs_store.advance(conn, JOB, "other", items, 5))
    assert await db.write(lambda conn: jobs_store.find(conn, "j")) == JOB
