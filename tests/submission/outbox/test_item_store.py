"""The plan of a message, and the lock on a message that is not there."""

from __future__ import annotations

from postroom.storage.database import Database
from postroom.submission.outbox import item_store
from postroom.submission.plan import NO_PLAN, SendingPlan
from tests.submission.messages import accepting, add_account, message


async def test_the_plan_is_read_as_it_was_stored(db: Database) -> None:
    await add_account(db)
    plan = SendingPlan(copy=True, sent_folder="Sent", draft="AAA")
    queue_id = (await accepting(db).accept(message(plan=plan))).queue_id
    assert await db.read(lambda conn: item_store.plan_of(conn, queue_id)) == plan
    assert await db.read(lambda conn: item_store.plan_of(conn, "none")) == NO_PLAN


async def test_a_message_that_is_not_there_is_not_locked(db: Database) -> None:
    await add_account(db)
    queue_id = (await accepting(db).accept(message())).queue_id
    assert await db.write(lambda conn: item_store.hold(conn, "none")) is None
    assert await db.write(lambda conn: item_store.hold(conn, queue_id)) is not None
