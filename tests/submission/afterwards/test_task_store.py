"""Tasks in the database: who gets which, when they are due again, and what becomes of those of killed processes."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.afterwards import task_store
from postroom.submission.afterwards.model import FollowingTask
from postroom.submission.model import TaskKind
from tests.fakes.imap_server import FakeImapServer
from tests.submission.afterwards.conftest import ME, FollowedHouse
from tests.supervisor.conftest import imap_body

COPY, MARK, DRAFT, FIND = TaskKind.COPY, TaskKind.MARK, TaskKind.DRAFT, TaskKind.FIND
LATER = 2**45


async def claim(house: FollowedHouse, me: str = ME, now: int = LATER) -> FollowingTask | None:
    def work(conn: Connection) -> FollowingTask | None:
        key = conn.execute(sa.select(accounts.c.key).where(accounts.c.account == "a")).scalar_one()
        return task_store.claim(conn, me, key, now, lambda size: 1000 + size)

    found: FollowingTask | None = await house.db.write(work)
    return found


async def due(house: FollowedHouse, now: int = LATER, busy: Collection[int] = (), room: int = 9) -> list[int]:
    found: list[int] = await house.db.read(lambda conn: task_store.due_accounts(conn, now, busy, room))
    return found


async def held(house: FollowedHouse, task: FollowingTask, me: str = ME) -> bool:
    found: bool = await house.db.write(lambda conn: task_store.is_held(conn, me, task))
    return found


async def test_the_draft_waits_for_the_copy(house: FollowedHouse) -> None:
    id_ = await house.message(DRAFT, COPY)
    first = await claim(house)
    assert first is not None
    assert (first.submission, first.kind, first.attempts, first.account) == (id_, COPY, 1, "a")
    assert await claim(house) is None
    await house.db.write(lambda conn: task_store.remove(conn, first))
    second = await claim(house)
    assert second is not None
    assert second.kind is DRAFT


async def test_a_task_is_claimed_once_until_its_claim_ends(house: FollowedHouse) -> None:
    await house.message(MARK)
    first = await claim(house, "one", LATER)
    assert first is not None
    assert await claim(house, "two", LATER + 999 + first.size) is None
    assert await held(house, first, "one")
    again = await claim(house, "two", LATER + 1000 + first.size)
    assert again is not None
    assert again.attempts == 2
    assert not await held(house, first, "one")
    assert await held(house, again, "two")


async def test_the_result_of_an_earlier_claim_of_the_same_process_does_not_count(house: FollowedHouse) -> None:
    await house.message(MARK)
    first = await claim(house, now=LATER)
    second = await claim(house, now=2 * LATER)
    assert first is not None
    assert second is not None
    assert not await held(house, first)
    assert await held(house, second)


async def test_accounts_with_due_tasks_the_longest_first(house: FollowedHouse, mail: FakeImapServer) -> None:
    await house.visits.borrowing.accounts.register("b", imap_body(mail.port, user="u2"))
    await house.message(MARK)
    await house.message(MARK, COPY, account="b")
    a, b = (await house.followed(1)).account_key, (await house.followed(2)).account_key
    assert await due(house, 1) == []
    assert await due(house) == [a, b]
    assert await due(house, room=1) == [a]
    assert await due(house, busy={a}) == [b]
    await house.db.write(lambda conn: task_store.postpone_account(conn, a, LATER - 1))
    assert await due(house) == [b, a]
    assert await house.db.read(lambda conn: task_store.next_due(conn, LATER - 2)) == LATER - 1
    assert await house.db.read(lambda conn: task_store.next_due(conn, LATER)) is None


async def test_a_postponed_account_keeps_what_is_claimed_and_what_is_later(house: FollowedHouse) -> None:
    ids = [await house.message(MARK) for _ in range(3)]
    task = await claim(house, now=LATER)
    assert task is not None
    await house.db.write(lambda conn: task_store.postpone(conn, FollowingTask(ids[2], MARK, 1, 1, "a", 1), 2 * LATER))
    await house.db.write(lambda conn: task_store.postpone_account(conn, task.account_key, LATER + 5))
    rows = await house.tasks()
    assert rows[ids[0], "mark"].next_at == LATER + 1000 + task.size
    assert rows[ids[1], "mark"].next_at == LATER + 5
    assert rows[ids[2], "mark"].next_at == 2 * LATER


async def test_a_task_that_is_there_is_not_added_again(house: FollowedHouse) -> None:
    id_ = await house.message(MARK)
    task = await claim(house)
    await house.db.write(lambda conn: task_store.add(conn, id_, [MARK, FIND], 5))
    await house.db.write(lambda conn: task_store.add(conn, id_, [], 5))
    rows = await house.tasks()
    assert task is not None
    assert (rows[id_, "mark"].attempts, rows[id_, "find"].next_at) == (1, 5)
    has = await house.db.read(lambda conn: task_store.has_any(conn, id_, (FIND, COPY)))
    has_copy = await house.db.read(lambda conn: task_store.has_any(conn, id_, (COPY,)))
    assert (has, has_copy) == (True, False)


async def test_a_process_that_ends_gives_back_its_own_claims(house: FollowedHouse) -> None:
    ids = [await house.message(MARK), await house.message(MARK)]
    await claim(house, "one")
    await claim(house, "two")
    await house.db.write(lambda conn: task_store.release(conn, "one", 7))
    rows = await house.tasks()
    assert (rows[ids[0], "mark"].claimed_by, rows[ids[0], "mark"].next_at) == (None, 7)
    assert rows[ids[1], "mark"].claimed_by == "two"
    await house.db.write(lambda conn: task_store.free_all(conn, 8))
    rows = await house.tasks()
    assert (rows[ids[1], "mark"].claimed_by, rows[ids[1], "mark"].next_at) == (None, 8)
