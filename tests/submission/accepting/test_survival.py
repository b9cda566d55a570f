"""One message for each key: processes that die anywhere, processes at once, and commits whose answer is lost."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import OutcomeUnknown
from postroom.storage.database import Database, open_database
from postroom.storage.engines import sqlite
from postroom.storage.engines.postgres import transactions
from postroom.storage.schema.sending import idempotency_keys, submissions
from postroom.storage.statements.connection import Connection
from postroom.submission.accepting.key_store import LEASE_MS
from postroom.submission.accepting.model import AnswerGiven, ComposedRequest
from postroom.submission.accepting.service import Accepting
from tests.fakes.fault_proxy import FaultProxy
from tests.submission.messages import BOX, add_account, bodies, message, recipients, rows

MOST_POINTS = 60


@asynccontextmanager
async def using(url: str) -> AsyncIterator[Database]:
    """Open a database that is at the newest schema."""
    db = open_database(url)
    await db.start()
    try:
        yield db
    finally:
        await db.close()


async def once(db: Database, before: Callable[[], object] = lambda: None, *, late: int = 0) -> AnswerGiven:
    """Make the request; `before` runs while it composes. `late` is how far ahead the clock is, in milliseconds."""
    accept = Accepting(db=db, box=BOX, runtime=RuntimeSettings(db, BOX), clock=lambda: now_ms() + late)

    async def compose() -> ComposedRequest:
        before()
        return ComposedRequest(message(), lambda submitted: {"queueId": submitted.queue_id})

    return await accept.once("anna", "key", "f", compose)


async def once_at(url: str, **options: Any) -> AnswerGiven:
    """Make the request in a process of its own."""
    async with using(url) as db:
        return await once(db, **options)


def in_child(work: Callable[[], str]) -> tuple[int, str]:
    """Run `work` in a forked process; return how that ended (0, or the signal), and what `work` returned."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(sending, work().encode())
        finally:
            os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as answer:
        told = answer.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), told


def die_at(point: int) -> None:
    """Kill this process before its `point`-th statement, counting each commit as two: before it and after it."""
    left = count(point, -1)

    def pass_by(*_arguments: object) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    execute = Connection.execute

    def executing(*arguments: Any) -> Any:
        pass_by()
        return execute(*arguments)

    commit_sqlite, commit_postgres = sqlite._commit, transactions.certain

    def committing(raw: Any) -> None:
        pass_by()
        commit_sqlite(raw)
        pass_by()

    async def committing_far(send: Any) -> Any:
        pass_by()
        answer = await commit_postgres(send)
        pass_by()
        return answer

    sqlite._commit, transactions.certain = committing, committing_far
    Connection.execute = executing  # type: ignore[method-assign, assignment]


async def known(url: str) -> tuple[int, list[Any]]:
    """How many messages are stored, each whole, and the answers of the keys."""
    async with using(url) as db:
        stored = len(await rows(db))
        assert len(await recipients(db)) == len(await bodies(db)) == stored
        return stored, [row.answer for row in await rows(db, idempotency_keys)]


async def prepare(url: str) -> None:
    async with using(url) as db:
        await add_account(db)
        await RuntimeSettings(db, BOX).get()


async def forget(url: str) -> None:
    def work(conn: Connection) -> None:
        for table in (submissions, idempotency_keys):
            conn.execute(sa.delete(table))

    async with using(url) as db:
        await db.write(work)


def test_a_process_killed_at_any_statement_leaves_all_or_nothing(migrated_url: str) -> None:
    asyncio.run(prepare(migrated_url))
    left: list[int] = []
    for point in range(MOST_POINTS):

        def killed(point: int = point) -> str:
            async def run() -> None:
                async with using(migrated_url) as db:
                    die_at(point)
                    await once(db)

            asyncio.run(run())
            return "done"

        status, told = in_child(killed)
        if told == "done":
            break
        assert status == -signal.SIGKILL
        stored, answers = asyncio.run(known(migrated_url))
        assert stored == sum(answer is not None for answer in answers)
        left.append(stored)
        # The caller repeats the request, at another process, when the lease of the dead one is over.
        again = asyncio.run(once_at(migrated_url, late=LEASE_MS))
        assert again.is_repeated is bool(stored)
        stored, answers = asyncio.run(known(migrated_url))
        assert (stored, answers) == (1, [again.answer])
        asyncio.run(forget(migrated_url))
    else:
        pytest.fail("the request never came to its end")
    assert left == sorted(left)
    assert len(left) >= 8
    assert left[0] == 0
    assert left[-1] == 1


def test_of_processes_that_use_a_key_at_once_one_stores_the_message(migrated_url: str) -> None:
    asyncio.run(prepare(migrated_url))
    waiting, starting = os.pipe()
    children = []
    for _ in range(4):
        receiving, sending = os.pipe()
        if (child := os.fork()) == 0:
            try:
                os.close(starting)
                os.read(waiting, 1)
                told = asyncio.run(once_at(migrated_url))
                os.write(sending, f"{told.is_repeated} {told.answer['queueId']}".encode())
            finally:
                os._exit(0)
        os.close(sending)
        children.append((child, receiving))
    os.close(waiting)
    os.close(starting)
    answers = []
    for child, receiving in children:
        with os.fdopen(receiving) as answer:
            answers.append(answer.read().split())
        os.waitpid(child, 0)
    assert sorted(repeated for repeated, _ in answers) == ["False", "True", "True", "True"]
    assert len({queue_id for _, queue_id in answers}) == 1
    assert asyncio.run(known(migrated_url))[0] == 1


@pytest.fixture
def lost_commits(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the next commit of SQLite end without an answer, after `COMMIT` or `ROLLBACK`."""
    commit = sqlite._commit
    leaves: Iterator[str] = iter(())

    def fail(ending: str) -> None:
        nonlocal leaves
        leaves = iter([ending])

    def committing(raw: Any) -> None:
        if (ending := next(leaves, None)) is None:
            commit(raw)
        else:
            raw.execute(ending)
            raise OutcomeUnknown("The disk did not answer.")

    monkeypatch.setattr(sqlite, "_commit", committing)
    return fail


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
@pytest.mark.parametrize("at", ["claim", "message"])
async def test_a_commit_of_sqlite_that_has_no_answer_is_looked_after(
    migrated_sqlite_url: str, lost_commits: Callable[[str], None], ending: str, at: str
) -> None:
    async with using(migrated_sqlite_url) as db:
        await add_account(db)
        await RuntimeSettings(db, BOX).get()
        if at == "claim":
            lost_commits(ending)
        told = await once(db, (lambda: lost_commits(ending)) if at == "message" else lambda: None)
        (row,) = await rows(db)
        assert (told.is_repeated, told.answer) == (False, {"queueId": row.queue_id})
        assert (await once(db)).answer == told.answer


@pytest.mark.parametrize("fault", ["lose", "lose_answer"])
@pytest.mark.parametrize("at", ["claim", "message"])
async def test_a_commit_of_postgresql_that_has_no_answer_is_looked_after(
    emptied_postgres_url: str, fault: str, at: str
) -> None:
    parts = sa.make_url(emptied_postgres_url)
    async with FaultProxy(str(parts.host), int(parts.port or 5432)) as proxy, using(emptied_postgres_url) as near:
        await add_account(near)
        await RuntimeSettings(near, BOX).get()
        far = open_database(parts.set(host=proxy.host, port=proxy.port).render_as_string(hide_password=False))
        await far.start()

        def lose() -> None:
            getattr(proxy, fault)(b"COMMIT")

        if at == "claim":
            lose()
        told = await once(far, lose if at == "message" else lambda: None)
        assert proxy.losses == 1
        (row,) = await rows(near)
        assert (told.is_repeated, told.answer) == (False, {"queueId": row.queue_id})
        assert (await once(near)).answer == told.answer
        await far.close()
