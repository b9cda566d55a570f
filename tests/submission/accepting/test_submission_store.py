"""What makes a lane due, and the queue id that is taken."""

from __future__ import annotations

from dataclasses import replace

from postroom.storage.database import Database
from postroom.storage.schema.sending import sending_lanes
from postroom.storage.statements.connection import Connection
from postroom.submission.accepting import submission_store
from postroom.submission.accepting.model import Submitted
from postroom.submission.accepting.sealed_rows import sealed
from postroom.submission.accepting.submission_store import NewSubmission
from tests.submission.messages import BOX, add_account, bodies, change, lane, message, recipients, rows


async def new(queue_id: str = "q1", message_id: str = "<1@example.com>") -> NewSubmission:
    submitted = Submitted(queue_id, message_id, 5)
    return await sealed(BOX, replace(message(), message_id=message_id), submitted, 5, 10)


async def store(db: Database, stored: NewSubmission, next_at: int = 5) -> bool:
    def work(conn: Connection) -> bool:
        key = submission_store.account_key(conn, "anna")
        assert key is not None
        return submission_store.insert(conn, key, stored, next_at)

    return await db.write(work)


async def test_a_lane_is_due_with_its_earliest_message(db: Database) -> None:
    await add_account(db)
    for number, (next_at, due) in enumerate([(50, 50), (70, 50), (30, 30)]):
        assert await store(db, await new(f"q{number}"), next_at)
        assert (await lane(db)).next_at == due


async def test_a_lane_at_rest_becomes_due_and_a_claimed_one_keeps_its_lease(db: Database) -> None:
    await add_account(db)
    await store(db, await new("q1"), 50)
    await change(db, sending_lanes, next_at=None)
    await store(db, await new("q2"), 70)
    assert (await lane(db)).next_at == 70
    await change(db, sending_lanes, claimed_by="a node", next_at=90)
    await store(db, await new("q3"), 10)
    assert ((await lane(db)).next_at, (await lane(db)).claimed_by) == (90, "a node")


async def test_a_taken_queue_id_stores_nothing(db: Database) -> None:
    await add_account(db)
    first, other = await new(), await new(message_id="<2@example.com>")
    assert await store(db, first)
    assert not await store(db, first)
    assert not await store(db, other)
    assert await db.read(lambda conn: submission_store.is_stored(conn, first))
    assert not await db.read(lambda conn: submission_store.is_stored(conn, other))
    assert len(await rows(db)) == len(await recipients(db)) == len(await bodies(db)) == 1


async def test_an_account_that_is_not_there_has_no_key(db: Database) -> None:
    assert await db.read(lambda conn: submission_store.account_key(conn, "nobody")) is None
