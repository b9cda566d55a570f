"""Measures how long accounts are without a node: one of three is killed, until all it had are connected elsewhere."""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg

from bench.connection import call_many
from bench.databases import make_postgres
from bench.gateway import Gateway, NotInTime
from bench.idlers import Idler
from bench.mailserver import make_dovecot, registrations
from bench.report import Report, at_most

NODES = 3
_LIMIT = 120.0
_LARGEST = "SELECT owner, count(*) AS accounts FROM accounts GROUP BY owner ORDER BY accounts DESC"
_LISTED = "SELECT id FROM nodes"
_OWNED = "SELECT account FROM accounts WHERE owner = $1"
_BACK = """
SELECT count(*) FROM accounts JOIN nodes ON nodes.id = accounts.owner
WHERE account = ANY($1) AND accounts.owner <> $2 AND state = 'connected' AND sync_time > $3
"""


async def measure_takeover(report: Report) -> None:
    """Three nodes, one PostgreSQL, one Dovecot; the first node dies."""
    count = report.options.cluster_accounts
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postroom-bench-")))
        postgres = stack.enter_context(make_postgres())
        url = postgres.create_database()
        dovecot = await stack.enter_async_context(make_dovecot(count, tls=False))
        await Idler.prepare_all(dovecot, range(count), tls=False)
        nodes = await _start(folder, url, stack)
        await call_many(nodes[0].base_url, nodes[0].token, registrations(dovecot, range(count), tls=False))
        await nodes[0].wait_connected(count)
        database = await asyncpg.connect(url)
        stack.push_async_callback(database.close)
        await _kill(nodes[0], database, report)


async def _start(folder: Path, url: str, stack: AsyncExitStack) -> list[Gateway]:
    token = secrets.token_hex(32)
    settings = {"POSTROOM_SECRET": secrets.token_hex(32)}
    nodes = []
    for number in range(NODES):
        place = folder / str(number)
        place.mkdir()
        node = Gateway(place, url, settings, token=token)
        stack.push_async_callback(node.stop)
        await node.start()
        nodes.append(node)
    return nodes


async def _kill(node: Gateway, database: Any, report: Report) -> None:
    shares = {row["owner"]: row["accounts"] for row in await database.fetch(_LARGEST)}
    report.add("nodeLargest", f"accounts of the largest of {NODES} nodes", max(shares.values()), "")
    owned = {name: [row["account"] for row in await database.fetch(_OWNED, name)] for name in shares}
    before = {row["id"] for row in await database.fetch(_LISTED)}
    struck, began = time.time() * 1000, time.monotonic()
    node.kill()
    await _until(lambda: _gone(database, before), "the node is declared dead")
    dead_after = time.monotonic() - began
    (dead,) = before - {row["id"] for row in await database.fetch(_LISTED)}
    orphans = owned.get(dead, [])
    await _until(lambda: _back(database, orphans, dead, struck), "its accounts are connected elsewhere")
    report.add("takeoverAccounts", "kill -9 of one node: its accounts", len(orphans), "")
    report.add("takeoverDead", "kill -9: until it is declared dead", dead_after, "s")
    report.add("takeover", "kill -9: until all are connected elsewhere", time.monotonic() - began, "s", at_most(15))


async def _gone(database: Any, before: set[str]) -> bool:
    return len({row["id"] for row in await database.fetch(_LISTED)} & before) < len(before)


async def _back(database: Any, orphans: list[str], dead: str, struck: float) -> bool:
    return bool(await database.fetchval(_BACK, orphans, dead, struck) == len(orphans))


async def _until(condition: Any, what: str) -> None:
    deadline = time.monotonic() + _LIMIT
    while not await condition():
        if time.monotonic() > deadline:
            raise NotInTime(f"not within {_LIMIT:.0f} s: {what}")
        await asyncio.sleep(0.1)
