"""The connections of a process: lent, waited for, passed on, and dropped when they are dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from postroom.errors import StorageUnavailable
from postroom.storage.engines.postgres import sessions
from postroom.storage.engines.postgres.sessions import DatabaseSession, DatabaseSessions, LostSession


@pytest.fixture
async def pool(postgres_url: str) -> AsyncIterator[DatabaseSessions]:
    made = DatabaseSessions(postgres_url, 2)
    yield made
    await made.close()


async def test_the_connection_used_last_is_lent_first(pool: DatabaseSessions) -> None:
    first, second = await pool.take(), await pool.take()
    assert first is not second
    pool.give_back(first)
    pool.give_back(second)
    again = await pool.take()
    assert again is second
    pool.give_back(again)


async def test_whoever_waits_longest_is_next(pool: DatabaseSessions) -> None:
    lent = [await pool.take() for _ in range(2)]
    waiting = [asyncio.ensure_future(pool.take()) for _ in range(2)]
    await asyncio.sleep(0)
    pool.give_back(lent[0])
    assert await waiting[0] is lent[0]
    assert not waiting[1].done()
    pool.give_back(lent[1])
    assert await waiting[1] is lent[1]
    for session in lent:
        pool.give_back(session)


async def test_a_caller_who_leaves_does_not_keep_a_connection(pool: DatabaseSessions) -> None:
    lent = [await pool.take() for _ in range(2)]
    leaving, staying = asyncio.ensure_future(pool.take()), asyncio.ensure_future(pool.take())
    await asyncio.sleep(0)
    pool.give_back(lent[0])
    # The connection is handed to the first, who leaves before it runs.
    leaving.cancel()
    assert await staying is lent[0]
    for session in lent:
        pool.give_back(session)


async def test_a_broken_connection_makes_room_for_a_new_one(pool: DatabaseSessions) -> None:
    lent = [await pool.take() for _ in range(2)]
    waiting = asyncio.ensure_future(pool.take())
    await asyncio.sleep(0)
    lent[0].drop()
    pool.give_back(lent[0])
    fresh = await waiting
    assert fresh not in lent
    assert await fresh.raw.fetchval("SELECT 1") == 1
    pool.give_back(fresh)
    pool.give_back(lent[1])


async def test_when_one_has_died_those_that_nobody_uses_go_too(pool: DatabaseSessions) -> None:
    one, other = await pool.take(), await pool.take()
    pool.give_back(other)
    pool.give_back(one)
    with pytest.raises(ValueError, match="a mistake"):
        async with pool.lent():
            raise ValueError("a mistake")
    assert not other.raw.is_closed()

    async def lose() -> None:
        async with pool.lent() as lent:
            assert lent is one
            lent.drop()
            await lent.raw.execute("SELECT 1")

    with pytest.raises(LostSession) as lost:
        await lose()
    assert type(lost.value.error) is asyncpg.InterfaceError
    fresh = await pool.take()
    assert fresh not in (one, other)
    pool.give_back(fresh)


async def test_nothing_of_a_transaction_is_left_however_its_work_ends(pool: DatabaseSessions) -> None:
    async with pool.lent() as first:
        await first.begin()
        first.conn.wakes.append(("accounts", "a"))
    assert (first.is_usable, first.conn.wakes) == (True, [])

    async def fail() -> None:
        async with pool.lent() as again:
            assert again is first
            await again.begin()
            await again.raw.execute("SELECT 1 FROM nothing")

    with pytest.raises(asyncpg.UndefinedTableError):
        await fail()
    assert first.is_usable


async def test_a_cancelled_user_leaves_no_statement_at_work(pool: DatabaseSessions) -> None:
    lent: list[DatabaseSession] = []

    async def use() -> None:
        async with pool.lent() as session:
            lent.append(session)
            await session.raw.execute("SELECT pg_sleep(600)")

    task = asyncio.ensure_future(use())
    while not lent:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lent[0].raw.is_closed()
    async with pool.lent() as fresh:
        assert fresh is not lent[0]


async def test_an_open_transaction_is_not_lent_on(pool: DatabaseSessions) -> None:
    session = await pool.take()
    await session.begin()
    assert not session.is_usable
    await session.undo()
    assert session.is_usable
    pool.give_back(session)


async def test_a_begin_that_failed_leaves_no_transaction_behind(pool: DatabaseSessions) -> None:
    session = await pool.take()
    with pytest.raises(asyncpg.PostgresError):
        await session.begin("SELECT no_such_function()")
    assert not session.is_usable
    await session.undo()
    assert session.is_usable
    assert await session.raw.fetchval("SELECT 1") == 1
    pool.give_back(session)


async def test_waiting_ends_with_a_clear_word(pool: DatabaseSessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_QUEUE_TIMEOUT", 0.1)
    lent = [await pool.take() for _ in range(2)]
    with pytest.raises(StorageUnavailable, match="connections to it have been busy"):
        await pool.take()
    for session in lent:
        pool.give_back(session)


async def test_a_server_that_is_away_leaves_no_place_taken(unused_tcp_port: int) -> None:
    away = DatabaseSessions(f"postgresql://postroom@127.0.0.1:{unused_tcp_port}/x", 1)
    for _ in range(3):
        with pytest.raises(OSError, match=r"refused|Connect"):
            await away.take()
    await away.close()
