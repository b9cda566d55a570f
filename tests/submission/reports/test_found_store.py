"""The rows of reports: added once, claimed by one process, postponed, finished, forgotten."""

from __future__ import annotations

import asyncio
from typing import Any

import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.schema.sending import reports_found
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.submission.reports import found_store
from postroom.submission.reports.model import ClaimedReport, FoundReport, ReportTold
from tests.submission.messages import add_account, rows

TOLD = ReportTold("bounce", "AAAA", "Undelivered")


async def keys(db: Database, *names: str) -> list[int]:
    for name in names:
        await add_account(db, name)
    query = sa.select(accounts.c.key).order_by(accounts.c.key)
    return list(await db.read(lambda conn: conn.execute(query).scalars()))


def report(key: int, identity: str = "<1@mx>") -> FoundReport:
    return FoundReport(key, f"account {key}", identity, TOLD)


async def claim(db: Database, me: str, key: int, now: int = 100) -> ClaimedReport | None:
    return await db.write(lambda conn: found_store.claim(conn, me, key, now, now + 50))


async def test_a_report_is_added_once(db: Database) -> None:
    anna, bert = await keys(db, "anna", "bert")
    found = [report(anna), report(anna), report(anna, "<2@mx>"), report(bert), report(999)]
    assert await db.write(lambda conn: found_store.add(conn, found, 100)) == 3
    assert await db.write(lambda conn: found_store.add(conn, found, 200)) == 0
    assert [(row.account_key, row.identity, row.next_at) for row in await rows(db, reports_found)] == [
        (anna, "<1@mx>", 100),
        (anna, "<2@mx>", 100),
        (bert, "<1@mx>", 100),
    ]


async def test_one_process_has_a_report_until_its_lease_ends(db: Database) -> None:
    (anna,) = await keys(db, "anna")
    await db.write(lambda conn: found_store.add(conn, [report(anna)], 100))
    first = await claim(db, "one", anna)
    assert first is not None
    assert (first.told, first.attempts, first.found_at) == (TOLD, 1, 100)
    assert await claim(db, "two", anna, 149) is None
    second = await claim(db, "two", anna, 150)
    assert second is not None
    assert second.attempts == 2
    assert not await db.write(lambda conn: found_store.is_held(conn, "one", first))
    assert await db.write(lambda conn: found_store.is_held(conn, "two", second))


async def test_claims_at_the_same_time(db: Database) -> None:
    (anna,) = await keys(db, "anna")
    await db.write(lambda conn: found_store.add(conn, [report(anna, f"<{n}@mx>") for n in range(3)], 100))
    claimed = await asyncio.gather(*(claim(db, str(n), anna) for n in range(6)))
    ids = [each.id for each in claimed if each is not None]
    assert len(ids) == len(set(ids)) <= 3


async def test_due_accounts(db: Database) -> None:
    anna, bert = await keys(db, "anna", "bert")

    def due(conn: Connection, now: int, *busy: int, room: int = 9) -> list[int]:
        return found_store.due_accounts(conn, now, busy, room)

    def work(conn: Connection) -> None:
        found_store.add(conn, [report(bert)], 100)
        found_store.add(conn, [report(anna), report(anna, "<2@mx>")], 200)
        assert due(conn, 99) == []
        assert due(conn, 150) == [bert]
        assert due(conn, 200) == [bert, anna]
        assert due(conn, 200, bert) == [anna]
        assert due(conn, 200, room=1) == [bert]
        assert found_store.next_due(conn, 100) == 200
        assert found_store.next_due(conn, 200) is None

    await db.write(work)


async def test_postponed_finished_and_given_back(db: Database) -> None:
    (anna,) = await keys(db, "anna")
    await db.write(lambda conn: found_store.add(conn, [report(anna), report(anna, "<2@mx>")], 100))
    first = await claim(db, "one", anna)
    assert first is not None

    async def told() -> list[Any]:
        return [(row.next_at, row.claimed_by) for row in await rows(db, reports_found)]

    await db.write(lambda conn: found_store.postpone(conn, first, 300, whole_account=False))
    assert await told() == [(300, None), (100, None)]
    await db.write(lambda conn: found_store.postpone(conn, first, 400, whole_account=True))
    assert await told() == [(400, None), (400, None)]
    await db.write(lambda conn: found_store.finish(conn, first))
    assert await told() == [(None, None), (400, None)]
    await claim(db, "one", anna, 500)
    await db.write(lambda conn: found_store.release(conn, "two", 510))
    assert await told() == [(None, None), (550, "one")]
    await db.write(lambda conn: found_store.release(conn, "one", 510))
    assert await told() == [(None, None), (510, None)]
    await claim(db, "one", anna, 600)
    await db.write(lambda conn: found_store.free_all(conn, 610))
    assert await told() == [(None, None), (610, None)]


async def test_old_reports_are_forgotten_once_they_are_done(db: Database) -> None:
    (anna,) = await keys(db, "anna")
    await db.write(lambda conn: found_store.add(conn, [report(anna), report(anna, "<2@mx>")], 100))
    first = await claim(db, "one", anna)
    assert first is not None
    await db.write(lambda conn: found_store.finish(conn, first))
    assert await db.write(lambda conn: found_store.prune(conn, 100)) == 0
    assert await db.write(lambda conn: found_store.prune(conn, 101)) == 1
    assert [row.identity for row in await rows(db, reports_found)] == ["<2@mx>"]
