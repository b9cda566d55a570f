"""Reading the log for reports: from its end on, by one process at a time, and none is missed or noted twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa

from postroom.storage.schema.sending import reports_read
from postroom.storage.tables import events
from postroom.submission.reports import log_store
from postroom.submission.reports.reader import LEASE_MS, ReportReader
from tests.mail.reports.standard_samples import POSTFIX
from tests.submission.reports.office import ReportOffice


@asynccontextmanager
async def reading(office: ReportOffice, me: str = "one") -> AsyncIterator[None]:
    reader = ReportReader(office.db, me, lambda: office.now)
    task = asyncio.get_running_loop().create_task(reader.run())
    try:
        await office.begun()
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until_found(office: ReportOffice, number: int) -> None:
    deadline = asyncio.get_running_loop().time() + 30
    while len(await office.found()) < number:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)


async def move(office: ReportOffice, **values: object) -> None:
    await office.db.write(lambda conn: conn.execute(reports_read.update().values(**values)) and None)


async def test_the_place_is_kept_from_one_process_to_the_next(office: ReportOffice) -> None:
    await office.deliver(POSTFIX.octets)
    async with reading(office):
        await office.deliver(POSTFIX.octets)
        await until_found(office, 1)
    place = await office.db.read(log_store.place)
    assert place is not None
    assert place.claimed_by is None
    await office.deliver(POSTFIX.octets)
    async with reading(office, "two"):
        await until_found(office, 2)


async def test_a_report_wakes_the_reader(office: ReportOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("postroom.submission.reports.reader.POLL", 600.0)
    async with reading(office):
        await office.deliver(POSTFIX.octets)
        await until_found(office, 1)


async def test_who_was_killed_is_followed_when_its_lease_ends(office: ReportOffice) -> None:
    async with reading(office):
        pass
    await move(office, claimed_by="killed", until=office.now + LEASE_MS)
    await office.deliver(POSTFIX.octets)
    if office.db.dialect == "postgresql":
        async with reading(office, "two"):
            assert await office.found() == []
    office.now += LEASE_MS
    async with reading(office, "two"):
        await until_found(office, 1)


async def test_a_report_that_was_noted_before_the_place_was_stored_is_noted_once(office: ReportOffice) -> None:
    async with reading(office):
        await office.deliver(POSTFIX.octets)
        await until_found(office, 1)
    await move(office, position=0)
    async with reading(office):
        await office.deliver(POSTFIX.octets)
        await until_found(office, 2)
    assert len(await office.found()) == 2


async def test_who_was_overtaken_stores_nothing(office: ReportOffice) -> None:
    """A process that slept longer than its lease finds another place, and begins there."""
    async with reading(office):
        await office.deliver(POSTFIX.octets)
        await until_found(office, 1)
        newest = await office.db.read(lambda conn: conn.execute(sa.select(sa.func.max(events.c.seq))).scalar_one())
        await move(office, claimed_by="another", until=0, position=newest)
        await office.deliver(POSTFIX.octets)
        await until_found(office, 2)
    assert len(await office.found()) == 2


@pytest.mark.parametrize("position", [10**9, 0])
async def test_a_log_that_was_replaced_or_cut_is_read_from_what_is_left(office: ReportOffice, position: int) -> None:
    async with reading(office):
        pass
    await move(office, position=position)
    async with reading(office):
        # It takes a look to notice.
        await asyncio.sleep(0.1)
        await office.deliver(POSTFIX.octets)
        await until_found(office, 1)
