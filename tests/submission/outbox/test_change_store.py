"""A decision is carried out only while the message is as it was read."""

from __future__ import annotations

from postroom.storage.database import Database
from postroom.storage.schema.sending import submission_tasks, submissions
from postroom.submission.model import MessageState, RecipientState, TaskKind
from postroom.submission.outbox import change_store
from postroom.submission.outbox.decisions import Decision
from tests.submission.messages import accepting, add_account, change, message, recipients, rows

CANCELLED = Decision(MessageState.CANCELLED, {RecipientState.QUEUED: RecipientState.CANCELLED}, ())


async def stored(db: Database) -> int:
    await add_account(db)
    await accepting(db).accept(message())
    return int((await rows(db))[0].id)


async def test_a_message_that_has_moved_on_stays_as_it_is(db: Database) -> None:
    submission = await stored(db)
    await change(db, submissions, state="sending", attempt="token")
    await db.write(lambda conn: change_store.add_task(conn, submission, TaskKind.FIND, 5))
    decide = await db.write(lambda conn: change_store.change(conn, submission, MessageState.QUEUED, CANCELLED, 9))
    assert not decide
    (row,) = await rows(db)
    assert (row.state, row.attempt, row.finished_at) == ("sending", "token", None)
    assert await recipients(db) == [("bert@example.net", "queued")]
    assert len(await rows(db, submission_tasks)) == 1


async def test_a_task_that_is_there_keeps_its_time(db: Database) -> None:
    submission = await stored(db)
    await db.write(lambda conn: change_store.add_task(conn, submission, TaskKind.COPY, 5))
    await db.write(lambda conn: change_store.add_task(conn, submission, TaskKind.COPY, 9))
    assert [(row.kind, row.next_at) for row in await rows(db, submission_tasks)] == [("copy", 5)]
    assert (await rows(db))[0].copied == "pending"
