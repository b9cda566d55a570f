"""The keys at a start: made once, proved ever after, never replaced by mistake."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from postroom.settings import Settings
from postroom.storage.database import Database, open_database
from postroom.storage.secrets import KEY_FILE, WrongKey
from postroom.storage.tables import meta
from postroom.storage.unlock import prove, unlock


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    database = open_database(database_url)
    await database.start()
    await database.migrate()
    yield database
    await database.close()


def settings(folder: Path, secret: str | None = None, previous: str = "") -> Settings:
    return Settings(_env_file=None, data_dir=folder, secret=secret, previous_secrets=previous)  # type: ignore[call-arg]


async def canary(db: Database) -> str | None:
    return await db.read(lambda conn: conn.execute(sa.select(meta.c.value)).scalar_one_or_none())


async def test_the_first_start_makes_a_key_file_that_others_cannot_read(db: Database, tmp_path: Path) -> None:
    first = await unlock(db, settings(tmp_path))
    assert first.made == tmp_path / KEY_FILE
    assert stat.S_IMODE(first.made.stat().st_mode) == 0o600
    second = await unlock(db, settings(tmp_path))
    assert second.made is None
    assert second.box.open(first.box.seal("x", "a"), "a") == "x"


async def test_a_secret_given_makes_no_file(db: Database, tmp_path: Path) -> None:
    assert (await unlock(db, settings(tmp_path, "one"))).made is None
    assert list(tmp_path.glob("*.key")) == []


async def test_another_secret_is_refused_and_nothing_is_overwritten(db: Database, tmp_path: Path) -> None:
    await unlock(db, settings(tmp_path, "one"))
    before = await canary(db)
    with pytest.raises(WrongKey, match="POSTROOM_SECRET"):
        await unlock(db, settings(tmp_path, "two"))
    assert await canary(db) == before
    await unlock(db, settings(tmp_path, "one"))


async def test_a_lost_key_file_is_not_replaced_by_a_new_one(db: Database, tmp_path: Path) -> None:
    made = (await unlock(db, settings(tmp_path))).made
    assert made is not None
    made.unlink()
    with pytest.raises(WrongKey, match="is gone"):
        await unlock(db, settings(tmp_path))
    assert not made.exists()


async def test_a_new_secret_is_accepted_beside_the_one_before(db: Database, tmp_path: Path) -> None:
    old = (await unlock(db, settings(tmp_path, "one"))).box.seal("x", "a")
    box = (await unlock(db, settings(tmp_path, "two", previous="one"))).box
    assert box.open(old, "a") == "x"


async def test_an_empty_secret_is_a_mistake(db: Database, tmp_path: Path) -> None:
    with pytest.raises(WrongKey, match="is empty"):
        await unlock(db, settings(tmp_path, ""))


async def test_proving_stores_nothing(db: Database, tmp_path: Path) -> None:
    await prove(db, settings(tmp_path))
    assert await canary(db) is None
    assert not (tmp_path / KEY_FILE).exists()
    await unlock(db, settings(tmp_path, "one"))
    with pytest.raises(WrongKey):
        await prove(db, settings(tmp_path, "two"))
