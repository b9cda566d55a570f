"""Transactions are timed and failures counted on both engines, and the counting changes nothing else."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import generate_latest

from postroom.errors import OutcomeUnknown, StorageUnavailable
from postroom.figures import Figures
from postroom.storage.counted import CountedDatabase
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.storage.wakeups import wake
from tests.fakes.failing_database import FailingDatabase
from tests.storage.notes import names, put


class OwnError(Exception):
    """What work raises for its own reasons."""


def told(figures: Figures, name: str, labels: str) -> float:
    """The number of one sample, 0 without it."""
    lines = generate_latest(figures.registry()).decode().splitlines()
    found = [float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name}{{{labels}}} ")]
    return found[0] if found else 0.0


def ended(figures: Figures, kind: str) -> float:
    return told(figures, "postroom_database_transaction_duration_seconds_count", f'kind="{kind}"')


async def test_reads_and_writes_are_timed_apart(db: Database) -> None:
    figures = Figures()
    counted = CountedDatabase(db, figures)
    await counted.write(put("a"))
    await counted.write(put("b"), turn=WriteTurn.VITAL)
    assert await counted.read(names) == ["a", "b"]
    assert (ended(figures, "write"), ended(figures, "read")) == (2, 1)
    assert told(figures, "postroom_database_wait_duration_seconds_count", 'kind="write"') == 2
    assert counted.dialect == db.dialect


async def test_the_wait_is_a_part_of_the_time(db: Database) -> None:
    figures = Figures()
    counted = CountedDatabase(db, figures)
    await asyncio.gather(*(counted.write(put(str(number))) for number in range(40)))
    waited, took = (
        told(figures, f"postroom_database_{name}_duration_seconds_sum", 'kind="write"')
        for name in ("wait", "transaction")
    )
    assert 0 < waited < took


async def test_those_that_have_not_ended_are_known(db: Database) -> None:
    figures = Figures()
    counted = CountedDatabase(db, figures)
    writing = [asyncio.ensure_future(counted.write(put(str(number)))) for number in range(3)]
    await asyncio.sleep(0)
    assert figures.transactions.open == 3
    await asyncio.gather(*writing)
    assert figures.transactions.open == 0
    cancelled = asyncio.ensure_future(counted.write(put("c")))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    assert figures.transactions.open == 0


async def test_failures_of_the_database_are_counted_by_their_code_and_raised_as_they_are(db: Database) -> None:
    figures, failing = Figures(), FailingDatabase(db)
    counted = CountedDatabase(failing, figures)
    failing.fail(1, "blink")
    with pytest.raises(OutcomeUnknown):
        await counted.write(put("a"))
    failing.fail(1, "before")
    with pytest.raises(StorageUnavailable):
        await counted.read(names)
    name = "postroom_database_failures_total"
    assert told(figures, name, 'code="OutcomeUnknown",kind="write"') == 1
    assert told(figures, name, 'code="StorageUnavailable",kind="read"') == 1
    assert (ended(figures, "write"), ended(figures, "read")) == (0, 0)


async def test_work_that_fails_by_itself_is_no_failure_of_the_database(db: Database) -> None:
    figures = Figures()

    def work(conn: Connection) -> None:
        put("a")(conn)
        raise OwnError

    with pytest.raises(OwnError):
        await CountedDatabase(db, figures).write(work)
    assert ended(figures, "write") == 1
    assert "postroom_database_failures_total{" not in generate_latest(figures.registry()).decode()
    assert await db.read(names) == []


async def test_hints_are_counted_by_their_topic(db: Database) -> None:
    figures = Figures()
    counted = CountedDatabase(db, figures)
    waiter = counted.wakeups.subscribe("notes")
    await counted.write(lambda conn: wake(conn, "notes", "a"))
    assert await waiter.wait(30) == {"a"}
    assert told(figures, "postroom_wakeups_total", 'topic="notes"') == 1
