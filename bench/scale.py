"""The queries by which a cluster shares its accounts, on a PostgreSQL filled with synthetic rows: how many a second.

python -m bench.scale 10000 100000 1000000          # numbers of accounts; --explain shows the plans
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from postroom.accounts import store as accounts_store
from postroom.accounts.model import Lease, ListQuery
from postroom.storage.database import Database, open_database
from postroom.supervisor import store
from postroom.webhooks import lane_store
from tests.live.postgres import Postgres

NODES = 20
SECONDS = 2.0
CLAIM = 100
_FILL = (
    "INSERT INTO accounts (account, name, email, search, type, created_at, owner, epoch, state, state_since) "
    "SELECT 'a' || n, 'A', 'a@example.com', 'a', 'imap', 0, 'node' || n % {nodes}, 1, 'connected', 0 "
    "FROM generate_series(1, {accounts}) n",
    "INSERT INTO account_settings (account_key, document) SELECT key, '{{}}' FROM accounts",
    "INSERT INTO account_status (account_key) SELECT key FROM accounts",
    "INSERT INTO nodes (id, host, version, started_at, heartbeat_at) SELECT 'node' || n, 'h', '1', 0, 9999999999999 "
    "FROM generate_series(0, {nodes} - 1) n",
    "INSERT INTO webhook_lanes (endpoint, lane, next_at) SELECT 'global', n, n FROM generate_series(1, {accounts}) n",
)


class Undone(Exception):
    """Ends a measured transaction without keeping it, so that the next one meets the same rows."""


async def each(db: Database, work: Callable[[sa.Connection], Any], *, keep: bool) -> float:
    """Return the mean milliseconds of one transaction, one after the other for some seconds."""

    def undone(conn: sa.Connection) -> None:
        work(conn)
        raise Undone

    runs, begun = 0, time.perf_counter()
    while time.perf_counter() - begun < SECONDS or runs < 3:
        with contextlib.suppress(Undone):
            await db.write(work if keep else undone)
        runs += 1
    return (time.perf_counter() - begun) / runs * 1000


def claim_freed(conn: sa.Connection) -> None:
    """What a claim costs when a hundred accounts are free, with what runners begin with."""
    keys = sa.text(f"UPDATE accounts SET owner = NULL WHERE key IN (SELECT key FROM accounts LIMIT {CLAIM})")
    conn.execute(keys)
    assert len(store.claim(conn, "node1", CLAIM)) == CLAIM


PARTS: dict[str, tuple[Callable[[sa.Connection], Any], bool]] = {
    "heartbeat": (lambda conn: store.beat(conn, "node1", 0, {}), True),
    "look for the dead": (lambda conn: store.bury_dead(conn, 10_000), True),
    "claim, nothing free": (lambda conn: store.claim(conn, "node1", CLAIM), True),
    f"claim {CLAIM} accounts": (claim_freed, False),
    "release one": (lambda conn: store.release(conn, Lease(1, "a1", "node1", 1, 1)), False),
    "what is wanted of all own accounts": (lambda conn: store.owned(conn, "node1"), True),
    "claim 50 webhook lanes": (lambda conn: lane_store.claim(conn, "me", 10**9, 10**10, [], 50), False),
    "list of 20 with exact total": (lambda conn: accounts_store.page(conn, ListQuery(page_size=20)), True),
}


async def measure(server: Postgres, accounts: int, explain: bool) -> dict[str, float]:
    """Fill a database and time every query."""
    url = server.create_database()
    db = open_database(url)
    await db.start()
    try:
        await db.migrate()
        for statement in _FILL:
            await asyncio.to_thread(server.execute, statement.format(accounts=accounts, nodes=NODES), url=url)
        await asyncio.to_thread(server.execute, "VACUUM ANALYZE", url=url)
        seen = {}
        for name, (work, keep) in PARTS.items():
            seen[name] = await each(db, work, keep=keep)
            if explain:
                await explain_plans(db, name, work)
        return seen
    finally:
        await db.close()
        server.drop_database(url)


async def explain_plans(db: Database, name: str, work: Callable[[sa.Connection], Any]) -> None:
    """Print PostgreSQL's plans of every statement that a piece of work runs."""

    def work_explained(conn: sa.Connection) -> None:
        plans: list[str] = []

        @sa.event.listens_for(conn, "before_cursor_execute")
        def note(_conn: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
            if not many and statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE")):
                cursor.execute("EXPLAIN " + statement, parameters)
                plans.extend(row[0] for row in cursor.fetchall())

        work(conn)
        sa.event.remove(conn, "before_cursor_execute", note)
        print(f"-- {name}", *plans, sep="\n")
        raise Undone

    with contextlib.suppress(Undone):
        await db.write(work_explained)


def main() -> None:
    """Measure every size and print a row per query: milliseconds, and how many a second one connection runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--explain", action="store_true")
    options = parser.parse_args()
    with Postgres() as server:
        for accounts in options.accounts:
            print(f"{accounts:,} accounts, {NODES} nodes", flush=True)
            for name, ms in asyncio.run(measure(server, accounts, options.explain)).items():
                print(f"  {name:36} {ms:9.2f} ms {1000 / ms:9,.0f} /s", flush=True)


if __name__ == "__main__":
    main()
