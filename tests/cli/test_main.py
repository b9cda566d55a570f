"""The command line as a whole: help, settings, and errors that are one sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from postroom import __version__
from postroom.cli.program import program
from postroom.settings import Settings
from tests.cli.postroom_program import call, run


def test_help_names_every_command(tmp_path: Path) -> None:
    shown = call(tmp_path, "--help").stdout
    for command in ("serve", "demo", "token", "migrate", "doctor"):
        assert command in shown


@pytest.mark.parametrize("asked", ["version", "--version"])
def test_version(tmp_path: Path, asked: str) -> None:
    assert call(tmp_path, asked).stdout == f"{__version__}\n"


def test_python_m_postroom_is_the_same_program(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "postroom", "version"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"{__version__}\n")


def commands(group: Any) -> Iterator[Any]:
    for command in group.commands.values():
        if hasattr(command, "commands"):
            yield from commands(command)
        else:
            yield command


def test_help_names_the_setting_of_each_option_that_is_one() -> None:
    options = {
        (each.name, help_)
        # The demonstration takes no settings: its port is its own.
        for command in commands(typer.main.get_command(program()))
        if command.name != "demo"
        for each in command.params
        if each.name in Settings.model_fields and each.name != "token" and (help_ := getattr(each, "help", None))
    }
    assert {name for name, _ in options} == {"host", "port", "database_url", "data_dir", "workers"}
    assert [name for name, help_ in options if not help_.endswith(f"Setting: POSTROOM_{name.upper()}")] == []


@pytest.mark.parametrize("command", ["migrate", "doctor", "serve"])
def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command, port="99999")
    assert done.returncode == 1
    assert "POSTROOM_PORT cannot be used" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("postroom.toml", b"port = = 1"),
        ("postroom.toml", "host = 'gr\u00fcn'".encode("latin-1")),
        (".env", "POSTROOM_HOST=gr\u00fcn".encode("latin-1")),
    ],
)
def test_a_settings_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    done = call(tmp_path, "migrate")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"{name} cannot be read: " in line
    assert "Correct it or take it away." in line


def test_settings_come_from_the_file_the_environment_and_the_options_in_this_order(tmp_path: Path) -> None:
    (tmp_path / "postroom.toml").write_text('database_url = "sqlite:///file.db"')
    assert call(tmp_path, "migrate").returncode == 0
    assert (tmp_path / "file.db").exists()
    call(tmp_path, "migrate", database_url="sqlite:///environment.db")
    assert (tmp_path / "environment.db").exists()
    call(tmp_path, "migrate", "--database-url", "sqlite:///option.db", database_url="sqlite:///neither.db")
    assert (tmp_path / "option.db").exists()
    assert not (tmp_path / "neither.db").exists()


def test_migrate_says_what_the_schema_is(tmp_path: Path) -> None:
    assert "is now" in call(tmp_path, "migrate").stdout
    assert "nothing was to do" in call(tmp_path, "migrate").stdout


def test_a_database_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is not a database, " * 100)
    done = call(tmp_path, "migrate", "--database-url", "sqlite:///text.db")
    assert done.returncode == 1
    assert "text.db" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    call(tmp_path, "migrate")
    with sqlite3.connect(tmp_path / "data" / "postroom.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        assert database.execute("UPDATE meta SET value = '9999' WHERE name = 'oldest_runnable'").rowcount == 1
    database.close()
    done = call(tmp_path, "migrate")
    assert done.returncode == 1
    assert "needs a Postroom that knows schema 9999" in done.stderr
    assert call(tmp_path, "doctor").returncode == 1


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    done = call(tmp_path, command, "--data-dir", str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert str(tmp_path / "file") in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_postgres_that_is_away_is_one_sentence_without_the_password(tmp_path: Path) -> None:
    done = call(tmp_path, "migrate", "--database-url", "postgresql://user:hidden@127.0.0.1:1/database")
    assert done.returncode == 1
    assert "hidden" not in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["serve", "migrate", "token list", "keys rotate"])
def test_a_postgres_that_is_away_is_named_with_what_it_said_and_what_to_do(tmp_path: Path, command: str) -> None:
    url = "postgresql://user@127.0.0.1:1/there"
    done = run(tmp_path, *command.split(), database_url=url, database_password="hid/den", port="0")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "postgresql://******@127.0.0.1:1/there" in line
    assert "refused" in line.lower() or "Connect call failed" in line
    assert "Check that PostgreSQL runs" in line
    assert "hid" not in line


def test_a_damaged_file_is_named_and_serve_ends(tmp_path: Path) -> None:
    assert call(tmp_path, "migrate").returncode == 0
    path = tmp_path / "data" / "postroom.db"
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (path.stat().st_size - 100))
    done = run(tmp_path, "serve", "--port", "0")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(path) in done.stderr
    assert "put a backup in its place" in done.stderr


def test_a_postgres_without_the_database_is_one_sentence(tmp_path: Path, postgres_url: str) -> None:
    done = call(tmp_path, "migrate", "--database-url", f"{postgres_url}_missing")
    assert done.returncode == 1
    assert "does not exist" in done.stderr
    assert "Traceback" not in done.stderr
