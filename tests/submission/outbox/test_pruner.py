"""What is kept no longer goes, and nothing that is needed yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest
import sqlalchemy as sa

from postroom.configuration.runtime import RuntimeSettings
from postroom.storage.database import Database
from postroom.storage.schema.sending import idempotency_keys, submission_recipients, submission_tasks, submissions
from postroom.storage.statements.connection import Connection
from postroom.submission.accepting import submission_store
from postroom.submission.outbox import pruner
from postroom.submission.outbox.pruner import OutboxPruner
from tests.submission.messages import BOX, accepting, add_account, bodies, change, message, rows

DAY = 86_400_000
NOW = 1_700_000_000_000


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


async def store(db: Database, clock: Callable[[], int], state: str, at: int | None, recipient: str = "sent") -> int:
    """Store a message that was finished, or lost, at a time; return its id."""
    await accepting(db, clock=clock).accept(message())
    submission = int((await rows(db))[-1].id)
    finished = {"finished_at": None if state in ("unknown", "queued") else at, "attempted_at": at}

    def work(conn: Connection) -> None:
        this = submission_recipients.c.submission == submission
        conn.execute(sa.update(submissions).where(submissions.c.id == submission).values(state=state, **finished))
        conn.execute(sa.update(submission_recipients).where(this).values(state=recipient))

    await db.write(work)
    return submission


@pytest.fixture
async def anna(db: Database) -> Database:
    await add_account(db)
    return db


def pruner_of(db: Database, clock: Callable[[], int]) -> OutboxPruner:
    return OutboxPruner(db=db, runtime=RuntimeSettings(db, BOX), clock=clock)


async def prune(pruning: OutboxPruner) -> None:
    """Prune until there is nothing to do."""
    while await pruning._prune(set()) == 0.0:
        pass


async def kept(db: Database) -> set[int]:
    """The messages whose octets are kept."""
    return {row.submission for row in await bodies(db)}


async def test_the_octets_of_what_everybody_has_got_go_soon(anna: Database) -> None:
    clock = Clock()
    pruning = pruner_of(anna, clock)
    await prune(pruning)
    await store(anna, clock, "sent", NOW)
    bounced = await store(anna, clock, "sent", NOW + 5, "bounced")
    some = await store(anna, clock, "sent", NOW + 5, "refused")
    clock.now += pruner.SETTLED_MS
    await prune(pruning)
    assert await kept(anna) == {bounced, some}
    clock.now += 5
    await prune(pruning)
    assert await kept(anna) == {some}
    assert len(await rows(anna)) == 3


@pytest.mark.parametrize("kind", ["copy", "find"])
async def test_octets_that_a_task_needs_stay(anna: Database, kind: str) -> None:
    clock = Clock()
    submission = await store(anna, clock, "sent", NOW - DAY)
    task = {"submission": submission, "kind": kind, "next_at": 0}
    await anna.write(lambda conn: conn.execute(sa.insert(submission_tasks), task) and None)
    await prune(pruner_of(anna, clock))
    assert await kept(anna) == {submission}
    clock.now += 7 * DAY
    await prune(pruner_of(anna, clock))
    assert await kept(anna) == set()


@pytest.mark.parametrize("days", [7, 3])
async def test_the_octets_of_others_stay_for_the_keep_time(anna: Database, days: int) -> None:
    clock = Clock()
    pruning = pruner_of(anna, clock)
    await pruning._runtime.update({"outboxKeepDays": days})
    waits = await store(anna, clock, "queued", None, "queued")
    states = {state: await store(anna, clock, state, NOW, "refused") for state in ("failed", "cancelled", "unknown")}
    some = await store(anna, clock, "sent", NOW, "refused")
    clock.now += days * DAY - 1
    await prune(pruning)
    assert await kept(anna) == {waits, some, *states.values()}
    clock.now += 1
    await prune(pruning)
    assert await kept(anna) == {waits, states["unknown"]}
    clock.now += 1
    await prune(pruning)
    assert await kept(anna) == {waits}
    assert len(await rows(anna)) == 5


async def test_messages_are_forgotten_after_ninety_days_but_not_those_that_wait(anna: Database) -> None:
    clock = Clock()
    waits = await store(anna, clock, "queued", None, "queued")
    for state in ("sent", "failed", "cancelled", "unknown"):
        await store(anna, clock, state, NOW, "refused")
    clock.now += 90 * DAY
    await prune(pruner_of(anna, clock))
    assert len(await rows(anna)) == 5
    clock.now += 1
    await prune(pruner_of(anna, clock))
    assert [row.id for row in await rows(anna)] == [waits]
    assert len(await rows(anna, submission_recipients)) == 1


async def test_a_message_that_is_tried_again_at_that_moment_stays(anna: Database) -> None:
    clock = Clock()
    submission = await store(anna, clock, "failed", NOW - 8 * DAY, "refused")
    await change(anna, submissions, state="queued", finished_at=None)
    await prune(pruner_of(anna, clock))
    assert await kept(anna) == {submission}


async def test_much_goes_in_batches(anna: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruner, "BATCH", 2)
    clock = Clock()
    pruning = pruner_of(anna, clock)
    for _ in range(5):
        await store(anna, clock, "sent", NOW)
    clock.now += pruner.SETTLED_MS
    left = []
    while await pruning._prune(set()) == 0.0:
        left.append(len(await kept(anna)))
    assert left == [3, 1]
    assert await kept(anna) == set()


async def test_keys_go_after_their_time(anna: Database) -> None:
    def add(conn: Connection) -> None:
        account = submission_store.account_key(conn, "anna")
        known = {"account_key": account, "fingerprint": "f"}
        keys = [{**known, "key": f"{number}", "until": NOW + number} for number in range(2)]
        conn.execute(sa.insert(idempotency_keys), keys)

    await anna.write(add)
    await prune(pruner_of(anna, Clock()))
    assert [row.key for row in await rows(anna, idempotency_keys)] == ["1"]


async def test_it_runs_in_the_background(anna: Database) -> None:
    clock = Clock()
    await store(anna, clock, "sent", NOW - DAY)
    task = asyncio.ensure_future(pruner_of(anna, clock).run())
    async with asyncio.timeout(30):
        while await kept(anna):
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
