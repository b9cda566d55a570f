"""A node's right to run accounts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.cluster import heartbeat_store
from postroom.cluster.leases import Leases, Term
from postroom.cluster.nodes_store import members
from postroom.storage.database import Database
from postroom.storage.engines.postgres.database import PostgresDatabase
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import nodes
from postroom.storage.turns import WriteTurn
from postroom.supervisor import store
from tests.fakes.databases import opened
from tests.fakes.waiting import eventually
from tests.live.postgres import Postgres
from tests.supervisor.conftest import BOX, imap_body


async def test_on_sqlite_the_accounts_of_a_killed_process_are_free_at_once(sqlite_url: str) -> None:
    async with opened(sqlite_url) as db:
        accounts = Accounts(db, BOX)
        await accounts.register("a0", imap_body(9))
        await Leases(db).enter()
        await db.write(partial(store.claim, node="killed", limit=9))
        await Leases(db).enter()
        assert len(await db.write(partial(store.claim, node="next", limit=9))) == 1


async def test_a_node_that_was_buried_stops_its_runners_and_joins_again(db: Database) -> None:
    leases = Leases(db, Term(heartbeat=0.05, ttl=0.5))
    await leases.enter()
    stopped = asyncio.Event()

    async def stop_all() -> None:
        assert not leases.held, "nothing may be claimed while the runners stop"
        stopped.set()

    async with kept(leases, stop_all):
        await db.write(lambda conn: conn.execute(sa.delete(nodes)))
        await asyncio.wait_for(stopped.wait(), 5)
        await eventually(lambda: leases.held)


async def test_a_node_whose_database_is_away_doubts_its_right_and_stops_after_the_grace(
    postgres_server: Postgres,
) -> None:
    url = postgres_server.create_database()
    async with opened(url) as db:
        leases = Leases(db, Term(heartbeat=0.3, ttl=2.0, grace=4.0))
        await leases.enter()
        stopped = asyncio.Event()

        async def stop_all() -> None:
            stopped.set()

        async with kept(leases, stop_all):
            postgres_server.stop()
            try:
                await eventually(lambda: not leases.held)
                assert not stopped.is_set(), "connections are kept for the grace"
                await asyncio.wait_for(stopped.wait(), 20)
            finally:
                postgres_server.start()
            await eventually(lambda: leases.held)


async def test_who_was_away_with_the_database_lets_the_others_come_back_first(postgres_server: Postgres) -> None:
    async with opened(postgres_server.create_database()) as db:
        await one_is_silent(db)
        leases = Leases(db, Term(heartbeat=200.0, ttl=600.0))
        await leases.enter()
        await leases.bury(set())
        assert "silent" in await node_ids(db)


async def test_who_has_just_joined_waits_for_the_others_and_not_for_a_whole_lease(
    postgres_server: Postgres,
) -> None:
    async with opened(postgres_server.create_database()) as db:
        await one_is_silent(db)
        leases = Leases(db, Term(heartbeat=0.1, ttl=600.0))
        await leases.enter()
        async with asyncio.timeout(60):
            while "silent" in await node_ids(db):
                await asyncio.sleep(await leases.bury(set()) or 0.0)
        assert await node_ids(db) == {leases.node}


async def test_whoever_is_in_doubt_buries_nobody(postgres_server: Postgres) -> None:
    async with opened(postgres_server.create_database()) as db:
        await one_is_silent(db)
        leases = Leases(db, Term(heartbeat=0.01, ttl=60.0))
        await leases.enter()
        await asyncio.sleep(1.1)
        leases.held = False
        await leases.bury(set())
        assert "silent" in await node_ids(db)
        leases.held = True
        await leases.bury(set())
        assert "silent" not in await node_ids(db)


async def test_whoever_was_asleep_first_finds_out_what_became_of_itself(postgres_server: Postgres) -> None:
    async with opened(postgres_server.create_database()) as db:
        await one_is_silent(db)
        leases = Leases(db, Term(heartbeat=0.01, ttl=1.5))
        await leases.enter()
        # No heartbeat of its own in this time, but long enough to bury others.
        await asyncio.sleep(1.3)
        await leases.bury(set())
        assert "silent" in await node_ids(db)
        async with kept(leases, _nothing_is_lost):
            async with asyncio.timeout(60):
                while "silent" in await node_ids(db):
                    await asyncio.sleep(await leases.bury(set()) or 0.0)


async def test_the_heartbeat_goes_on_while_the_pool_is_full(postgres_server: Postgres) -> None:
    url = postgres_server.create_database()
    async with opened(url) as watching:
        node = PostgresDatabase(url, pool_size=1)
        await node.start()
        leases = Leases(node, Term(heartbeat=0.1, ttl=600.0))
        await leases.enter()
        loop = asyncio.get_running_loop()
        sleep = sa.text("SELECT pg_sleep(600)")
        tasks: list[asyncio.Task[Any]] = [
            loop.create_task(node.read(lambda conn: conn.execute(sleep))) for _ in range(5)
        ]
        tasks.append(loop.create_task(leases.keep(_nothing_is_lost)))
        try:
            seen: set[int] = set()
            async with asyncio.timeout(60):
                while len(seen) < 4:
                    seen |= {each.heartbeat_at for each in await watching.read(members)}
                    await asyncio.sleep(0.02)
            assert leases.held
            assert not any(task.done() for task in tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await node.close()


@asynccontextmanager
async def kept(leases: Leases, stop_all: Callable[[], Awaitable[None]]) -> AsyncIterator[asyncio.Task[None]]:
    """Let the heartbeat go on for the block."""
    task = asyncio.get_running_loop().create_task(leases.keep(stop_all))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _nothing_is_lost() -> None:
    raise AssertionError("the right was not lost")


async def one_is_silent(db: Database) -> None:
    await db.write(partial(heartbeat_store.enter, node="silent", host="h", version="1"))
    await db.write(lambda conn: conn.execute(sa.update(nodes).values(heartbeat_at=0)))


async def node_ids(db: Database) -> set[str]:
    return {each.id for each in await db.read(members)}


async def test_a_heartbeat_that_hangs_is_given_up_and_tried_again(postgres_server: Postgres) -> None:
    url = postgres_server.create_database()
    async with opened(url) as db, opened(url) as other:
        leases = Leases(db, Term(heartbeat=0.3, ttl=600.0))
        await leases.enter()
        (before,) = await db.read(members)
        async with kept(leases, _nothing_is_lost) as keeping:

            def hold(conn: Connection) -> None:
                conn.execute(sa.select(nodes.c.id).with_for_update())
                conn.execute(sa.text("SELECT pg_sleep(2)"))

            await other.write(hold)
            async with asyncio.timeout(60):
                while (await other.read(members))[0].heartbeat_at <= before.heartbeat_at + 2000:
                    assert not keeping.done()
                    await asyncio.sleep(0.02)


class HeartbeatsFail:
    """A database that answers the first heartbeats with an error nobody foresaw."""

    def __init__(self, db: Database, times: int) -> None:
        self.left = times
        self._db = db

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)

    async def write(self, work: Any, **options: Any) -> Any:
        if options.get("turn") is WriteTurn.VITAL and self.left:
            self.left -= 1
            raise sa.exc.ProgrammingError("UPDATE", {}, ValueError("column missing"))
        return await self._db.write(work, **options)


async def test_an_error_nobody_foresaw_costs_a_heartbeat_and_not_the_node(db: Database) -> None:
    failing = HeartbeatsFail(db, times=0)
    leases = Leases(cast("Database", failing), Term(heartbeat=0.05, ttl=600.0))
    await leases.enter()
    failing.left = 3
    async with kept(leases, _nothing_is_lost) as keeping:
        (before,) = await db.read(members)
        async with asyncio.timeout(60):
            while failing.left or (await db.read(members))[0].heartbeat_at == before.heartbeat_at:
                assert not keeping.done()
                await asyncio.sleep(0.02)
    assert leases.held


async def test_signing_off_never_fails(db: Database) -> None:
    class Refuses:
        dialect = db.dialect

        async def write(self, work: Any, **options: Any) -> Any:
            raise sa.exc.ProgrammingError("DELETE", {}, ValueError("table missing"))

    leases = Leases(cast("Database", Refuses()))
    leases.held = True
    await leases.leave()
    assert not leases.held
