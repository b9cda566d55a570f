"""`postroom dashboard code`: the way back in from the terminal."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from postroom.access.admins.proof.codes import code_hash
from postroom.cli.dashboard import NoDashboard, new_code
from postroom.settings import Settings
from tests.fakes.databases import make_sqlite, opened


def settings(folder: Path, **given: str) -> Settings:
    return Settings(**{"data_dir": folder, "secret": "a secret", "_env_file": None, **given})  # type: ignore[arg-type]


def test_where_no_database_is_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoDashboard, match="POSTROOM_DATA_DIR"):
        new_code(settings(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_a_code_replaces_the_one_before(tmp_path: Path) -> None:
    given = settings(tmp_path)
    url = given.resolved_database_url
    asyncio.run(make_sqlite(url))
    one, two = new_code(given), new_code(given)
    assert one != two
    assert re.fullmatch(r"([A-Z2-9]{4}-){4}[A-Z2-9]{4}", two)

    async def stored() -> str:
        async with opened(url) as db:
            found = sa.text("SELECT code FROM admins")
            return str(await db.read(lambda conn: conn.execute(found).scalar_one()))

    assert asyncio.run(stored()) == code_hash(two)


def test_the_password_of_the_settings_is_changed_there(tmp_path: Path) -> None:
    given = settings(tmp_path, admin_password="three unrelated words")
    (tmp_path / "postroom.db").touch()
    with pytest.raises(NoDashboard, match="POSTROOM_ADMIN_PASSWORD"):
        new_code(given)
