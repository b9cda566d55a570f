"""What hangs on a message goes with it, what hangs on an account too, and statements use the indexes made for them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.schema.sending import (
    idempotency_keys,
    sending_lanes,
    submission_bodies,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.submission.accepting.model import ComposedRequest
from tests.fakes.databases import opened
from tests.submission.messages import BOX, accepting, add_account, message, rows

TABLES = (submissions, submission_recipients, submission_bodies, submission_tasks, sending_lanes, idempotency_keys)


async def fill(db: Database, account: str) -> None:
    """Give an account a row in each table."""

    async def compose() -> ComposedRequest:
        return ComposedRequest(message(account), lambda submitted: {"queueId": submitted.queue_id})

    await add_account(db, account)
    await accepting(db).once(account, "key", "f", compose)
    task = {"submission": (await rows(db))[-1].id, "kind": "find", "next_at": 0}
    await db.write(lambda conn: conn.execute(sa.insert(submission_tasks), task) and None)


async def counted(db: Database) -> list[int]:
    return [len(await rows(db, table)) for table in TABLES]


async def test_all_rows_of_sending_go_with_their_account(db: Database) -> None:
    await fill(db, "anna")
    await fill(db, "bert")
    assert await counted(db) == [2] * len(TABLES)
    await Accounts(db, BOX).remove("anna")
    assert await counted(db) == [1] * len(TABLES)
    assert [row.account for row in await rows(db)] == ["bert"]


async def test_all_rows_of_a_message_go_with_it(db: Database) -> None:
    await fill(db, "anna")
    await db.write(lambda conn: conn.execute(sa.delete(submissions)) and None)
    assert await counted(db) == [0, 0, 0, 0, 1, 1]


async def test_the_id_of_a_message_is_never_used_again(db: Database) -> None:
    """An id in a report or a task of a removed message never means another message."""
    await fill(db, "anna")
    (first,) = await rows(db)
    await db.write(lambda conn: conn.execute(sa.delete(submissions)) and None)
    await accepting(db).accept(message())
    (second,) = await rows(db)
    assert second.id > first.id


async def test_a_lane_begins_open_and_without_failures(db: Database) -> None:
    await fill(db, "anna")
    (row,) = await rows(db, sending_lanes)
    assert (row.paused, row.failures, row.claimed_by, row.held_until, row.last) == (False, 0, None, None, None)


@pytest.mark.parametrize(("state", "index"), [("queued", "ix_submissions_due"), ("sending", "ix_submissions_sending")])
async def test_messages_under_way_are_found_by_their_index(migrated_sqlite_url: str, state: str, index: str) -> None:
    """With the state as a literal, as delivery asks."""
    asked = sa.text(f"EXPLAIN QUERY PLAN SELECT * FROM submissions WHERE account_key = 1 AND state = '{state}'")
    async with opened(migrated_sqlite_url) as database:
        plan = await database.read(lambda conn: str(conn.execute(asked).all()))
    assert f"SEARCH submissions USING INDEX {index} " in plan
