"""What SQLite's own errors become: a verdict, a sentence that names the file, and a cure."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from postroom.errors import StorageDamaged, StorageUnavailable
from postroom.storage.engines.sqlite_faults import cannot_open, unavailable

PAGE = 4096


def filled(path: Path) -> Path:
    """A database of many pages."""
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE t (x)")
        made.executemany("INSERT INTO t VALUES (?)", [("x" * 1000,)] * 200)
    return path


def caught(path: Path, work: Callable[[sqlite3.Connection], object]) -> sqlite3.Error:
    """The error that SQLite raises in `work`."""
    with closing(sqlite3.connect(path, timeout=0.05)) as opened, pytest.raises(sqlite3.Error) as failed:
        work(opened)
    return failed.value


def read(database: sqlite3.Connection) -> object:
    return database.execute("SELECT count(x), max(x) FROM t").fetchall()


def write(database: sqlite3.Connection) -> object:
    return database.execute("INSERT INTO t VALUES (1)")


def overwrite(path: Path, first: int) -> None:
    """Put noise over every page from `first` on."""
    with path.open("r+b") as file:
        for page in range(first, path.stat().st_size // PAGE):
            file.seek(page * PAGE)
            file.write(os.urandom(PAGE))


@pytest.mark.parametrize("first", [0, 1])
def test_a_damaged_file_is_told_from_a_busy_one(tmp_path: Path, first: int) -> None:
    path = filled(tmp_path / "x.db")
    overwrite(path, first)
    verdict = unavailable(caught(path, read), path)
    assert isinstance(verdict, StorageDamaged)
    assert str(path) in verdict.cure
    assert "backup" in verdict.cure


def test_a_lock_a_full_disk_and_a_read_only_file_have_cures_of_their_own(tmp_path: Path) -> None:
    path = filled(tmp_path / "x.db")
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        held = caught(path, write)

    def fill(database: sqlite3.Connection) -> None:
        database.execute("PRAGMA max_page_count = 1")
        for _ in range(200):
            database.execute("INSERT INTO t VALUES (?)", ("x" * 1000,))

    def disobey(database: sqlite3.Connection) -> None:
        database.execute("PRAGMA query_only = 1")
        write(database)

    cures = []
    for error in (held, caught(path, fill), caught(path, disobey)):
        verdict = unavailable(error, path)
        assert type(verdict) is StorageUnavailable
        assert str(path) in verdict.cure
        cures.append(verdict.cure)
    assert "other program" in cures[0]
    assert "room" in cures[1]
    assert "write access" in cures[2]


def test_a_fault_of_the_statement_is_no_verdict(tmp_path: Path) -> None:
    error = caught(filled(tmp_path / "x.db"), lambda opened: opened.execute("SELECT nothing FROM nowhere"))
    assert unavailable(error, tmp_path / "x.db") is None


def test_what_the_file_system_refuses_has_a_cure_too(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    verdict = cannot_open(PermissionError(13, "Permission denied"), path)
    assert type(verdict) is StorageUnavailable
    assert "Permission denied" in verdict.message
    assert "ulimit" in verdict.cure
    assert isinstance(cannot_open(sqlite3.OperationalError("odd"), path), StorageUnavailable)
