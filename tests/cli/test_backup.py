"""`postroom backup`: a whole, checked copy for its owner alone, or none. The story with a gateway is in tests/flows."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from postroom.cli.backup import without_password
from tests.cli.postroom_program import call
from tests.live.postgres import postgres_programs


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as database:
        return {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


@pytest.fixture
def used(tmp_path: Path) -> Path:
    """A folder in which there is a database."""
    assert call(tmp_path, "migrate").returncode == 0
    return tmp_path


def test_a_copy_stands_alone_and_is_for_its_owner(used: Path) -> None:
    done = call(used, "backup", "copy.db")
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 accounts, schema 0" in done.stdout
    assert "secret.key" in done.stdout
    assert stat.S_IMODE((used / "copy.db").stat().st_mode) == 0o600
    assert "accounts" in tables(used / "copy.db")
    assert sorted(path.name for path in used.iterdir()) == ["copy.db", "data"]


def test_the_key_is_named_where_it_is(used: Path) -> None:
    assert "POSTROOM_SECRET" in call(used, "backup", "copy.db", secret="s").stdout


def test_what_is_there_is_kept_unless_asked(used: Path) -> None:
    (used / "copy.db").write_text("the one of yesterday")
    refused = call(used, "backup", "copy.db")
    assert refused.returncode == 1
    assert "--overwrite" in refused.stderr
    assert (used / "copy.db").read_text() == "the one of yesterday"
    assert call(used, "backup", "copy.db", "--overwrite").returncode == 0
    assert "accounts" in tables(used / "copy.db")


@pytest.mark.parametrize("name", ["postroom.db", "link.db"])
def test_the_database_is_never_replaced_by_its_copy(used: Path, name: str) -> None:
    (used / "data" / "link.db").symlink_to("postroom.db")
    done = call(used, "backup", f"data/{name}", "--overwrite")
    assert done.returncode == 1
    assert "belongs to the database itself" in done.stderr
    assert "accounts" in tables(used / "data" / "postroom.db")


def test_without_a_database_there_is_no_copy(tmp_path: Path) -> None:
    done = call(tmp_path, "backup", "copy.db")
    assert done.returncode == 1
    assert "There is no database" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_is_not_saved(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "postroom.db").touch()
    done = call(tmp_path, "backup", "copy.db")
    assert done.returncode == 1
    assert "nothing to save" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_a_damaged_database_leaves_the_last_copy_alone(used: Path) -> None:
    call(used, "backup", "copy.db")
    before = (used / "copy.db").read_bytes()
    database = used / "data" / "postroom.db"
    with database.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(database.stat().st_size - 4096))
    done = call(used, "backup", "copy.db", "--overwrite")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert (used / "copy.db").read_bytes() == before
    assert sorted(path.name for path in used.iterdir()) == ["copy.db", "data"]


def test_a_folder_that_is_not_there_is_named(used: Path) -> None:
    done = call(used, "backup", "missing/copy.db")
    assert done.returncode == 1
    assert "There is no folder missing" in done.stderr


def test_postgres_is_dumped_without_its_password_on_a_command_line(
    tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(tmp_path, "migrate", database_url=postgres_url).returncode == 0
    monkeypatch.setenv("PATH", f"{postgres_programs()}:{os.environ['PATH']}")
    spied: list[list[str]] = []
    import subprocess

    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        spied.append(command)
        return real(command, **options)

    monkeypatch.setattr("postroom.cli.backup.subprocess.run", run)
    done = call(tmp_path, "backup", "copy.dump", database_url=postgres_url, database_password="se:cr\\et")
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE((tmp_path / "copy.dump").stat().st_mode) == 0o600
    assert (tmp_path / "copy.dump").read_bytes()[:5] == b"PGDMP"
    assert [command[0] for command in spied] == ["pg_dump", "pg_restore"]
    assert "passfile=" in spied[0][-1]
    assert "cr" not in spied[0][-1].partition("passfile")[0]


def test_an_empty_postgres_is_not_saved(tmp_path: Path, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{postgres_programs()}:{os.environ['PATH']}")
    done = call(tmp_path, "backup", "copy.dump", database_url=postgres_url)
    assert done.returncode == 1
    assert "nothing to save" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_postgres_that_is_away_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = postgres_programs()
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}" if programs else os.environ["PATH"])
    done = call(tmp_path, "backup", "copy.dump", database_url="postgresql://user:hidden@127.0.0.1:1/db")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "hidden" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_pg_dump_the_command_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = call(tmp_path, "backup", "copy.dump", database_url="postgresql://user:hidden@db/postroom")
    assert done.returncode == 1
    assert "pg_dump --format=custom --file=FILE postgresql://user@db/postroom" in done.stderr
    assert "hidden" not in done.stderr


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p%40%2F@h:1,i:2/d?sslmode=require", ("postgresql://u@h:1,i:2/d?sslmode=require", "p@/")),
        ("postgresql://u@h/d", ("postgresql://u@h/d", "")),
        ("postgresql://h/d?user=u&password=p", ("postgresql://h/d?user=u", "p")),
        ("postgresql:///d?host=/run", ("postgresql:///d?host=%2Frun", "")),
    ],
)
def test_a_password_is_taken_out_of_a_url(url: str, expected: tuple[str, str]) -> None:
    assert without_password(url) == expected
