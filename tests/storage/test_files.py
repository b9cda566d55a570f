"""Files for their owner alone, whatever the umask; what is wider is narrowed or told."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from postroom.storage.database import open_database
from postroom.storage.engines.lock import sole_process
from postroom.storage.files import close_to_others, open_to_others, private_folder, write_private
from postroom.storage.sealing.secrets import load_or_make_key_file


@pytest.fixture(autouse=True, params=[0o022, 0o000])
def _umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_database_its_folder_and_the_files_beside_it_are_for_their_owner(tmp_path: Path) -> None:
    path = tmp_path / "data" / "postroom.db"
    with sole_process(f"sqlite:///{path}"):
        database = open_database(f"sqlite:///{path}")
        await database.start()
        await database.migrate()
        names = {each.name: mode(each) for each in path.parent.iterdir()}
        await database.close()
    assert set(names) >= {"postroom.db", "postroom.db-wal", "postroom.db-shm", "postroom.db.lock"}
    assert set(names.values()) == {0o600}
    assert mode(path.parent) == 0o700


async def test_a_database_in_a_folder_that_is_there_leaves_the_folder_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    database = open_database(f"sqlite:///{shared}/postroom.db")
    await database.start()
    await database.close()
    assert (mode(shared), mode(shared / "postroom.db")) == (0o755, 0o600)


def test_the_folder_of_a_key_file_is_for_its_owner(tmp_path: Path) -> None:
    load_or_make_key_file(tmp_path / "data")
    assert (mode(tmp_path / "data"), mode(tmp_path / "data" / "secret.key")) == (0o700, 0o600)


def test_an_older_database_is_narrowed_and_not_emptied(tmp_path: Path) -> None:
    path = tmp_path / "postroom.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (x)")
    path.chmod(0o644)
    (tmp_path / "postroom.db-wal").touch(0o644)
    (tmp_path / "postroom.db-wal").chmod(0o664)
    assert open_to_others(path) == [path, tmp_path / "postroom.db-wal"]
    close_to_others(path)
    assert open_to_others(path) == []
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_a_small_file_is_written_whole_in_place_of_another(tmp_path: Path) -> None:
    path = tmp_path / "new" / "token"
    for text in ("first", "second"):
        write_private(path, text)
        assert (path.read_text(), mode(path), mode(path.parent)) == (text, 0o600, 0o700)
    assert [each.name for each in path.parent.iterdir()] == ["token"]


def test_a_file_that_cannot_be_written_leaves_no_draft(tmp_path: Path) -> None:
    (tmp_path / "token").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_private(tmp_path / "token", "text")
    assert [each.name for each in tmp_path.iterdir()] == ["token"]


def test_a_folder_that_is_there_is_no_error(tmp_path: Path) -> None:
    private_folder(tmp_path)
