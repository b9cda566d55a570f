"""`postroom doctor`: what it says of a machine, a database and a key."""

from __future__ import annotations

import contextlib
import socket
import sqlite3
from pathlib import Path

from tests.cli.postroom_program import call


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_fresh_machine_is_fine_and_stays_untouched(tmp_path: Path) -> None:
    done = call(tmp_path, "doctor", port=str(free_port()))
    assert done.returncode == 0
    assert "fail" not in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_damage_that_hinders_no_start_is_found(tmp_path: Path) -> None:
    call(tmp_path, "migrate")
    path = tmp_path / "data" / "postroom.db"
    with contextlib.closing(sqlite3.connect(path)) as database:
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'deliveries'"
        (page,) = database.execute(query).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"noise" * 800)
    done = call(tmp_path, "doctor", port="0")
    assert done.returncode == 1
    assert "put a backup in its place" in " ".join(done.stdout.split())


def test_a_used_database_is_fine_too(tmp_path: Path) -> None:
    call(tmp_path, "migrate")
    done = call(tmp_path, "doctor", "--port", str(free_port()))
    assert done.returncode == 0
    assert "the newest" in done.stdout


def test_a_taken_port_is_a_failure_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = call(tmp_path, "doctor", "--port", str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "POSTROOM_PORT" in done.stdout


def test_a_database_that_is_away_is_a_failure_without_its_password(tmp_path: Path) -> None:
    done = call(tmp_path, "doctor", "--database-url", "postgresql://user:hidden@127.0.0.1:1/x", port=str(free_port()))
    assert done.returncode == 1
    assert "fail database" in done.stdout
    assert "POSTROOM_DATABASE_URL" in done.stdout
    assert "hidden" not in done.stdout + done.stderr


def test_a_postgres_is_examined(tmp_path: Path, postgres_url: str) -> None:
    call(tmp_path, "migrate", "--database-url", postgres_url)
    done = call(tmp_path, "doctor", "--database-url", postgres_url, port=str(free_port()))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "answers" in done.stdout


def test_a_folder_and_files_that_others_can_read_are_named(tmp_path: Path) -> None:
    call(tmp_path, "migrate")
    port = str(free_port())
    assert "others" not in call(tmp_path, "doctor", port=port).stdout
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "postroom.db").chmod(0o644)
    done = call(tmp_path, "doctor", port=port)
    said = done.stdout.replace("\n", " ")
    assert done.returncode == 0
    assert f"others can look into {tmp_path / 'data'}, mode 0755" in said
    assert f"chmod 600 {tmp_path / 'data' / 'postroom.db'}" in said
    # It changes nothing.
    assert (tmp_path / "data" / "postroom.db").stat().st_mode & 0o777 == 0o644


def test_a_name_that_is_no_setting_is_named(tmp_path: Path) -> None:
    said = call(tmp_path, "doctor", port=str(free_port()), hots="x").stdout.replace("\n", " ")
    assert "POSTROOM_HOTS in the environment is no setting" in said
    assert "Did you mean POSTROOM_HOST?" in said
