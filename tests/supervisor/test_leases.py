"""A node's right to run accounts."""

from __future__ import annotations

import asyncio
from functools import partial

import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.tables import nodes
from postroom.supervisor import store
from postroom.supervisor.leases import Leases
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
    leases = Leases(db, heartbeat=0.05, ttl=0.5)
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


async def test_a_node_that_cannot_renew_stops_before_the_others_may_take_over(postgres_server: Postgres) -> None:
    url = postgres_server.create_database()
    async with opened(url) as db:
        leases = Leases(db, heartbeat=0.6, ttl=2.0)
        await leases.enter()
        clock = asyncio.get_running_loop().time
        stopped: list[float] = []

        async def stop_all() -> None:
            stopped.append(clock())

        keeping = asyncio.get_running_loop().create_task(leases.keep(stop_all))
        await asyncio.sleep(0.3)
        away_since = clock()
        postgres_server.stop()
        try:
            await eventually(lambda: stopped, 5)
            assert stopped[0] - away_since < 2.0, "the others may take over two seconds after the last heartbeat"
            assert not leases.held
        finally:
            postgres_server.start()
        await eventually(lambda: leases.held, 10)
        keeping.cancel()
