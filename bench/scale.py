"""Times the queries by which a cluster shares its accounts, on a PostgreSQL filled with synthetic rows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from bench.databases import make_postgres
from bench.report import Report
from postroom.accounts import store as accounts_store
from postroom.accounts.listing import page_store
from postroom.accounts.model import Lease, ListQuery
from postroom.attention import facts_store
from postroom.cluster import heartbeat_store
from postroom.storage.database import Database, open_database
from postroom.storage.statements.connection import Connection
from postroom.supervisor import store
from postroom.webhooks.delivery import lane_store
from tests.fakes.watched import watched
from tests.live.postgres import Postgres

NODES = 20
SECONDS = 1.0
CLAIM = 100
CLAIM_LANES = lane_store.Claim("me", 10**9, 10**10)
AT_ONCE = 8
# Every tenth account rests: it has no owner and nothing to do. All others are owned, by all nodes alike.
_FILL = (
    "INSERT INTO accounts (account, name, email, search, type, created_at, owner, epoch, state, state_since, "
    "parked_revision) SELECT 'a' || n, 'A', 'a@example.com', 'a', 'imap', 0, "
    "CASE WHEN n % 10 > 0 THEN 'node' || n % {nodes} END, 1, "
    "CASE WHEN n % 10 > 0 THEN 'connected' ELSE 'disconnected' END, 0, CASE WHEN n % 10 = 0 THEN 1 END "
    "FROM generate_series(1, {accounts}) n",
    "INSERT INTO account_settings (account_key, document) SELECT key, '{{}}' FROM accounts",
    "INSERT INTO account_status (account_key) SELECT key FROM accounts",
    "INSERT INTO nodes (id, host, version, started_at, heartbeat_at) SELECT 'node' || n, 'h', '1', 0, 9999999999999 "
    "FROM generate_series(0, {nodes} - 1) n",
    "INSERT INTO webhook_lanes (endpoint, lane, next_at) SELECT 'global', n, n FROM generate_series(1, {accounts}) n",
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of work to time; `node` tells those that run at once apart. Unless kept, it is undone after each time."""

    key: str
    what: str
    work: Callable[[Connection, str], Any]
    keep: bool = True
    at_once: int = 1


class Undone(Exception):
    """Ends a measured transaction without keeping it, so that the next one meets the same rows."""


def claim_freed(conn: Connection, node: str) -> None:
    """Free a hundred accounts of a node and claim them again, with what runners begin with."""
    mine = f"SELECT key FROM accounts WHERE owner = '{node}' ORDER BY key LIMIT {CLAIM}"
    conn.execute(sa.text(f"UPDATE accounts SET owner = NULL WHERE key IN ({mine})"))
    if len(store.claim(conn, node, CLAIM)) != CLAIM:
        raise RuntimeError("not all that was free was claimed")


def bury_one(conn: Connection, node: str) -> None:
    """Declare a node dead and free everything it had: its share of all accounts at once."""
    conn.execute(sa.text(f"UPDATE nodes SET heartbeat_at = 0 WHERE id = '{node}'"))
    if heartbeat_store.bury_dead(conn, 10**12, "node0") != [node]:
        raise RuntimeError("not the one node was declared dead")


PARTS = (
    Part("Beat", "heartbeat", lambda conn, node: heartbeat_store.beat(conn, node, 0, {})),
    Part(
        "Beats",
        f"heartbeats, {AT_ONCE} at once",
        lambda conn, node: heartbeat_store.beat(conn, node, 0, {}),
        at_once=AT_ONCE,
    ),
    Part("Dead", "look for dead nodes", lambda conn, _: heartbeat_store.bury_dead(conn, 10**9)),
    Part("Bury", "declare one of them dead, free its accounts", bury_one, keep=False),
    Part("Free", "is anything free? (nothing is)", lambda conn, _: store.free_count(conn)),
    Part("Claim", f"free and claim {CLAIM} accounts", claim_freed, keep=False),
    Part("Claims", f"the same, {AT_ONCE} at once", claim_freed, keep=False, at_once=AT_ONCE),
    Part("Release", "release one", lambda conn, node: store.release(conn, Lease(1, "a1", node, 1, 1)), keep=False),
    Part("Owned", "what is wanted of all own accounts", store.owned),
    Part("Lanes", "claim 50 webhook lanes", lambda conn, _: lane_store.ask_due(conn, CLAIM_LANES, [], 50)(), False),
    Part("List", "list of 20, exact total", lambda conn, _: page_store.page(conn, ListQuery(page_size=20))),
    Part("States", "accounts by state (/metrics)", lambda conn, _: accounts_store.state_counts(conn)),
    Part("Needs", "what needs a person (overview)", lambda conn, _: facts_store.read(conn, 10**12)),
)


async def measure_scale(report: Report) -> None:
    """Every size that was asked for, each in a database of its own."""
    with make_postgres() as server:
        for accounts in report.options.scale:
            url = server.create_database()
            db = open_database(url)
            await db.start()
            try:
                await _fill(server, db, url, accounts, report)
                await _measure(db, accounts, report)
            finally:
                await db.close()
                server.drop_database(url)


async def _fill(server: Postgres, db: Database, url: str, accounts: int, report: Report) -> None:
    began = time.monotonic()
    await db.migrate()
    for statement in (*_FILL, "VACUUM ANALYZE"):
        await asyncio.to_thread(server.execute, statement.format(accounts=accounts, nodes=NODES), url=url)
    report.say(f"  {accounts:,} accounts, {NODES} nodes: made in {time.monotonic() - began:.0f} s")


async def _measure(db: Database, accounts: int, report: Report) -> None:
    for part in PARTS:
        if report.options.explain:
            await _explain(db, part, report)
        ms = await _milliseconds(db, part)
        report.add(f"scale{part.key}{accounts}", f"{accounts:,} accounts: {part.what}", ms, "ms")


async def _milliseconds(db: Database, part: Part) -> float:
    """Return the mean time of one transaction with its round trips; of those at once, the time divided by them."""
    runs, began = 0, time.perf_counter()

    async def again_and_again(number: int) -> None:
        nonlocal runs
        work = partial(_kept if part.keep else _undone, part, f"node{number + 1}")
        while time.perf_counter() - began < SECONDS or runs < 3:
            with contextlib.suppress(Undone):
                await db.write(work)
            runs += 1

    await asyncio.gather(*(again_and_again(number) for number in range(part.at_once)))
    return (time.perf_counter() - began) / runs * 1000


def _kept(part: Part, node: str, conn: Connection) -> None:
    part.work(conn, node)


def _undone(part: Part, node: str, conn: Connection) -> None:
    part.work(conn, node)
    raise Undone


async def _explain(db: Database, part: Part, report: Report) -> None:
    """Print PostgreSQL's plans of every statement that a piece of work runs."""

    def work_explained(conn: Connection) -> None:
        plans: list[str] = []

        def note(statement: str, parameters: Any) -> None:
            many = bool(parameters) and isinstance(parameters[0], list | tuple)
            if not many and statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
                plan = conn.library.exec_driver_sql("EXPLAIN " + statement, tuple(parameters))
                plans.extend(row[0] for row in plan)

        with watched(conn, note):
            part.work(conn, "node1")
        report.say("\n".join(f"    {line}" for line in (f"-- {part.what}", *plans)))
        raise Undone

    with contextlib.suppress(Undone):
        await db.write(work_explained)
