"""Whether a database that answers can be written to as well."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from postroom.errors import StorageUnavailable
from postroom.storage.database import Database
from postroom.storage.probe import WriteProbe
from postroom.storage.tables import meta
from tests.fakes.databases import opened


async def probes(db: Database) -> list[str]:
    query = sa.select(meta.c.value).where(meta.c.name == "probe")
    return list(await db.read(lambda conn: conn.execute(query).scalars()))


async def test_a_row_is_written_once_a_second_at_most(db: Database) -> None:
    now = 100.0
    probe = WriteProbe(db, lambda: now)
    await probe.check()
    (first,) = await probes(db)
    await db.write(lambda conn: conn.execute(sa.update(meta).where(meta.c.name == "probe").values(value="0")))
    now += 0.9
    await probe.check()
    assert await probes(db) == ["0"]
    now += 0.2
    await probe.check()
    (second,) = await probes(db)
    assert int(second) >= int(first)


async def test_a_database_that_is_full_answers_but_takes_nothing(sqlite_url: str) -> None:
    async with opened(sqlite_url) as db:
        await db.write(lambda conn: conn.execute(sa.text("PRAGMA query_only = ON")))
        assert await probes(db) == []
        with pytest.raises(StorageUnavailable):
            await WriteProbe(db).check()
