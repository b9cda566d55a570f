"""Who owns what: claims, heartbeats, releases, on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Protocol

import asyncpg
import pytest
import sqlalchemy as sa

from postroom.accounts.journal import LeaseLost, check_lease, record
from postroom.accounts.lifecycle import State, Trigger
from postroom.accounts.model import Lease, Report
from postroom.accounts.service import Accounts
from postroom.accounts.settings.writing import masked
from postroom.cluster import heartbeat_store
from postroom.storage.database import Database
from postroom.storage.engines.sqlite_driver import raw_connection
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts as account_rows
from postroom.storage.tables import events as event_rows
from postroom.storage.tables import metadata, nodes
from postroom.supervisor import store
from tests.fakes.databases import opened
from tests.fakes.watched import watched
from tests.supervisor.conftest import BOX, imap_body


async def registered(accounts: Accounts, count: int) -> None:
    for number in range(count):
        await accounts.register(f"a{number}", imap_body(9))


async def claimed(db: Database, node: str, limit: int = 100) -> list[str]:
    found = await db.write(partial(store.claim, node=node, limit=limit))
    return [given.lease.account for given in found]


async def set_all(db: Database, **values: object) -> None:
    await db.write(lambda conn: conn.execute(sa.update(account_rows).values(values)))


async def set_state(db: Database, account: str, state: str, **values: object) -> None:
    mine = account_rows.c.account == account
    await db.write(lambda conn: conn.execute(sa.update(account_rows).where(mine).values(state=state, **values)))


async def everything(db: Database) -> list[list[Any]]:
    return await db.read(lambda conn: [list(conn.execute(sa.select(part))) for part in metadata.sorted_tables])


async def test_an_account_with_nothing_to_connect_to_is_claimed_only_after_a_change(
    db: Database, accounts: Accounts
) -> None:
    body = imap_body(9)
    await accounts.register("off", {**body, "imap": {**body["imap"], "disabled": True}})
    await accounts.register("sends", {"name": "N", "smtp": body["imap"]})
    assert await claimed(db, "n1") == []
    await accounts.update("off", {"imap": body["imap"]})
    await accounts.disconnect("sends")
    assert await claimed(db, "n1") == ["off", "sends"]


async def test_nodes_share_the_accounts_and_never_one_account(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 5)
    first, second = await claimed(db, "n1", 3), await claimed(db, "n2")
    assert sorted([*first, *second]) == [f"a{number}" for number in range(5)]
    assert len(first) == 3
    assert await claimed(db, "n3") == []


async def test_every_claim_is_a_new_epoch(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    (one,) = await db.write(partial(store.claim, node="n1", limit=1))
    await db.write(partial(store.release, lease=one.lease))
    (two,) = await db.write(partial(store.claim, node="n1", limit=1))
    assert two.lease.epoch == one.lease.epoch + 1
    await db.write(partial(store.release, lease=one.lease))
    assert await claimed(db, "n2") == [], "a lease of the past gives nothing away"


async def test_who_loses_its_owner_is_not_called_connected_any_more(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 3)
    for ending in (
        heartbeat_store.free_all,
        partial(heartbeat_store.leave, node="n1"),
        partial(heartbeat_store.bury_dead, ttl_ms=-60_000),
    ):
        await db.write(partial(heartbeat_store.enter, node="n1", host="here", version="1"))
        first, second, third = await claimed(db, "n1")
        await set_all(db, state="connected", connections=2, sync_time=77, failures=1)
        await set_state(db, second, "authenticationError", next_attempt=5)
        await set_state(db, third, "disconnected", connections=0)
        events = await db.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(event_rows)).scalar())
        await db.write(ending)
        view = await accounts.get(first)
        assert (view.row.state, view.row.connections, view.row.sync_time) == ("init", 0, 77)
        assert (await accounts.get(second)).row.state == "authenticationError"
        assert (await accounts.get(second)).row.next_attempt == 5, "a refused password still waits for its time"
        assert (await accounts.get(third)).row.state == "disconnected"
        newest = (await accounts.timeline(first, 0, 1)).items[0]
        assert (newest.state, newest.at, newest.attempt) == ("init", view.row.state_since, 1)
        after = await db.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(event_rows)).scalar())
        assert after == events, "nothing is announced"


class Ending(Protocol):
    def __call__(self, conn: Connection, lease: Lease) -> object: ...


ENDINGS: dict[str, Ending] = {
    "the process begins anew": lambda conn, lease: heartbeat_store.free_all(conn),
    "the node leaves": lambda conn, lease: heartbeat_store.leave(conn, "n1"),
    "the node is declared gone": lambda conn, lease: heartbeat_store.bury_dead(conn, -60_000),
    "handed over": lambda conn, lease: store.hand_over(conn, "n1", [lease.key], 0),
    "given back": store.release,
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_runner_whose_account_was_freed_writes_nothing_more(
    db: Database, accounts: Accounts, ending: str
) -> None:
    """Its epoch and revision are still those of the row: nobody has claimed the account yet."""
    await registered(accounts, 1)
    for state in State:
        await db.write(lambda conn: conn.execute(sa.delete(nodes)))
        await db.write(partial(heartbeat_store.enter, node="n1", host="here", version="1"))
        (lease,) = [given.lease for given in await db.write(partial(store.claim, node="n1", limit=1))]
        await set_state(db, "a0", state.value, failures=3)
        await db.write(partial(ENDINGS[ending], lease=lease))
        before = await everything(db)
        late: list[Callable[[Connection], object]] = [
            *(partial(record, lease=lease, report=Report(trigger, 2_000, "late")) for trigger in Trigger),
            partial(check_lease, lease=lease),
            partial(store.settle, lease=lease),
        ]

        def come_late(conn: Connection, works: list[Callable[[Connection], object]] = late) -> None:
            """In one transaction that is committed, so what was written before the refusal would stay."""
            for work in works:
                with pytest.raises(LeaseLost):
                    work(conn)

        await db.write(come_late)
        assert await everything(db) == before


async def test_an_account_that_is_given_back_is_not_called_connected(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 2)
    one, _ = await db.write(partial(store.claim, node="n1", limit=2))
    await set_all(db, state="syncing", connections=1)
    await db.write(partial(store.release, lease=one.lease))
    assert [(await accounts.get(each)).row.state for each in ("a0", "a1")] == ["init", "syncing"]


async def test_an_account_that_begins_anew_is_given_back_as_it_is(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    (one,) = await db.write(partial(store.claim, node="n1", limit=1))
    await accounts.reconnect("a0")
    before = await accounts.timeline("a0", 0, 50)
    await set_all(db, state="connecting")
    await db.write(partial(store.release, lease=one.lease))
    assert (await accounts.get("a0")).row.state == "connecting"
    assert await accounts.timeline("a0", 0, 50) == before
    assert await claimed(db, "n2") == ["a0"]


async def test_an_account_at_rest_is_claimed_only_after_its_revision_moved(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    await set_all(db, parked_revision=1)
    assert await claimed(db, "n1") == []
    await accounts.reconnect("a0")
    assert await claimed(db, "n1") == ["a0"]


async def test_an_assignment_says_what_a_runner_needs(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    await accounts.flush("a0")
    (given,) = await db.write(partial(store.claim, node="n1", limit=1))
    assert (given.wanted, given.flush_pending, given.lease.revision) == ("run", True, 2)
    assert masked(given.settings)["imap"]["auth"]["pass"] == "******"
    assert given.sealed is not None


async def test_a_node_without_heartbeat_is_buried_and_its_accounts_are_free(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 2)
    for node in ("alive", "dead"):
        await db.write(partial(heartbeat_store.enter, node=node, host="h", version="1"))
    assert len(await claimed(db, "dead")) == 2
    old = sa.update(nodes).where(nodes.c.id == "dead").values(heartbeat_at=nodes.c.heartbeat_at - 60_000)
    await db.write(lambda conn: conn.execute(old))
    assert await db.write(partial(heartbeat_store.bury_dead, ttl_ms=15_000)) == ["dead"]
    assert await db.write(partial(heartbeat_store.beat, node="dead", running=0, load={})) is None
    assert await db.write(partial(heartbeat_store.beat, node="alive", running=0, load={})) is False
    assert len(await claimed(db, "alive")) == 2


async def test_leaving_gives_everything_back(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 2)
    await db.write(partial(heartbeat_store.enter, node="n1", host="h", version="1"))
    await claimed(db, "n1")
    await db.write(partial(heartbeat_store.leave, node="n1"))
    assert len(await claimed(db, "n2")) == 2


async def test_settling_is_fenced(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    (given,) = await db.write(partial(store.claim, node="n1", limit=1))
    await set_all(db, failures=4)
    await accounts.reconnect("a0")
    with pytest.raises(LeaseLost):
        await db.write(partial(store.settle, lease=given.lease))
    assert (await accounts.get("a0")).row.failures == 4
    (wanted,) = await db.read(partial(store.owned, node="n1", ids=["a0"]))
    assert wanted.revision == 2


async def plan_of(db: Database, work: Callable[[Connection], object]) -> str:
    """The engine's plan of the last statement of a piece of work that reads or changes accounts."""

    def planned(conn: Connection) -> str:
        seen: list[tuple[str, Any]] = []

        with watched(conn, lambda statement, parameters: seen.append((statement, tuple(parameters)))):
            work(conn)
        statement, parameters = next(each for each in reversed(seen) if "accounts" in each[0])
        if db.dialect == "sqlite":
            return str(conn.library.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all())
        # A handful of rows would be read whole, whatever index there is.
        conn.library.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return str(conn.library.exec_driver_sql(f"EXPLAIN {statement}", parameters).all())

    return await db.write(planned)


async def test_the_search_for_free_accounts_does_not_read_those_at_rest(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 3)
    await set_all(db, parked_revision=1)
    for work in (store.free_count, partial(store.claim, node="n1", limit=5)):
        assert "ix_accounts_free" in await plan_of(db, work)
    assert await db.read(store.free_count) == 0
    await set_all(db, revision=2)
    assert await db.read(store.free_count) == 3
    assert "ix_accounts_free" not in await plan_of(db, partial(store.owned, node="n1")), "the plan tells them apart"


async def test_nobody_buries_itself(db: Database) -> None:
    for node in ("n1", "n2"):
        await db.write(partial(heartbeat_store.enter, node=node, host="here", version="1"))
    assert await db.write(partial(heartbeat_store.bury_dead, ttl_ms=-60_000, by="n1")) == ["n2"]


async def test_when_quiet_accounts_were_in_step_is_written_in_one_statement_for_all(
    db: Database, accounts: Accounts
) -> None:
    await registered(accounts, 7)
    ours = await db.write(partial(store.claim, node="n1", limit=6))
    await db.write(partial(store.claim, node="n2", limit=1))
    leases = [given.lease for given in ours]
    await set_all(db, state="connected", sync_time=1000)
    await set_state(db, "a1", "connected", sync_time=None)
    await set_state(db, "a2", "connected", sync_time=4600)
    await set_state(db, "a3", "connectError")
    await set_state(db, "a4", "connected", epoch=9)
    foreign = replace(leases[0], key=leases[-1].key + 1)
    moments = [(lease, 5000 + number) for number, lease in enumerate([*leases, foreign])]
    statements: list[str] = []

    def work(conn: Connection) -> int:
        with watched(conn, lambda statement, _parameters: statements.append(statement)):
            return store.note_in_step(conn, "n1", moments, age=500)

    assert await db.write(work) == 3
    assert len([each for each in statements if each.startswith("UPDATE")]) == len(statements) == 1
    times = {each: (await accounts.get(each)).row.sync_time for each in [f"a{number}" for number in range(7)]}
    assert times == {"a0": 5000, "a1": 5001, "a2": 4600, "a3": 1000, "a4": 1000, "a5": 5005, "a6": 1000}
    assert await db.write(partial(store.note_in_step, node="n1", moments=moments, age=500)) == 0


async def test_noting_when_accounts_were_in_step_takes_each_of_them_once(sqlite_url: str) -> None:
    """Going through all of them for each of them would keep SQLite's one writer busy for seconds."""
    async with opened(sqlite_url) as db:
        accounts = Accounts(db, BOX)
        moments: list[tuple[Lease, int]] = []
        efforts: list[int] = []
        for number in range(80):
            await accounts.register(f"a{number}", imap_body(9))
            moments += [(given.lease, 5000) for given in await db.write(partial(store.claim, node="n1", limit=1))]
            if len(moments) in (20, 80):
                await set_all(db, state="connected", sync_time=None)
                efforts.append(await db.write(partial(effort_of_noting, moments=moments)))
    assert 0 < efforts[1] < 6 * efforts[0]


def effort_of_noting(conn: Connection, moments: list[tuple[Lease, int]]) -> int:
    """How many steps SQLite takes to note these moments, in tens."""
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    raw = raw_connection(conn.library)
    raw.set_progress_handler(count, 10)
    try:
        assert store.note_in_step(conn, "n1", moments, age=500) == len(moments)
    finally:
        raw.set_progress_handler(None, 10)
    return steps


async def test_whoever_writes_an_account_is_not_waited_for(own_postgres_url: str) -> None:
    async with opened(own_postgres_url) as db:
        accounts = Accounts(db, BOX)
        await registered(accounts, 2)
        moments = [(given.lease, 5000) for given in await db.write(partial(store.claim, node="n1", limit=2))]
        await set_all(db, state="connected", sync_time=1000)
        # A session apart: what a database of ours has begun cannot be given up in the middle.
        writer = await asyncpg.connect(own_postgres_url)
        try:
            await writer.execute("BEGIN; SELECT key FROM accounts WHERE account = 'a0' FOR UPDATE")
            work = partial(store.note_in_step, node="n1", moments=moments, age=500)
            assert await asyncio.wait_for(db.write(work), 30) == 1
        finally:
            await writer.close()
        assert (await accounts.get("a1")).row.sync_time == 5000
