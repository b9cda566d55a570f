"""A node's right to run accounts."""

from __future__ import annotations

import asyncio
from functools import partial

import sqlalchemy as sa

from postroom.accounts.nodes_store import members
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.tables import nodes
from postroom.supervisor import store
from postroom.supervisor.leases import Leases, Term
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

    keeping = asyncio.get_running_loop().create_task(leases.keep(stop_all))
    await db.write(lambda conn: conn.execute(sa.delete(nodes)))
    await asyncio.wait_for(stopped.wait(), 5)
    await eventually(lambda: leases.held)
    keeping.cancel()


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

        keeping = asyncio.get_running_loop().create_task(leases.keep(stop_all))
        postgres_server.stop()
        try:
            await eventually(lambda: not leases.held, 10)
            assert not stopped.is_set(), "connections are kept for the grace"
            await asyncio.wait_for(stopped.wait(), 20)
        finally:
            postgres_server.start()
        await eventually(lambda: leases.held, 20)
        keeping.cancel()


async def test_who_was_away_with_the_database_lets_the_others_come_back_first(postgres_server: Postgres) -> None:
    async with opened(postgres_server.create_database()) as db:
        await db.write(partial(store.enter, node="silent", host="h", version="1"))
        await db.write(lambda conn: conn.execute(sa.update(nodes).values(heartbeat_at=0)))
        leases = Leases(db, Term(heartbeat=0.05, ttl=60.0))
        await leases.enter()

        async def stop_all() -> None:
            raise AssertionError("nothing was lost")

        async def beaten() -> bool:
            found = await db.read(members)
            return any(each.id == leases.node and each.load for each in found)

        keeping = asyncio.get_running_loop().create_task(leases.keep(stop_all))
        async with asyncio.timeout(10):
            while not await beaten():
                await asyncio.sleep(0.01)
        assert "silent" in {each.id for each in await db.read(members)}
        keeping.cancel()
