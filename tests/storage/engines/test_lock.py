"""One process at a time on a SQLite file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from postroom.errors import StorageUnavailable
from postroom.storage.engines.lock import DatabaseInUse, sole_process

_HOLD = """
import sys
from postroom.storage.engines.lock import sole_process
with sole_process(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(url: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", _HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def test_a_folder_that_cannot_be_written_has_a_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnavailable) as refused, sole_process(f"sqlite:///{tmp_path}/file/postroom.db"):
        pass
    assert f"{tmp_path}/file/postroom.db" in refused.value.message
    assert "may read and write it and its folder" in refused.value.cure


def test_a_second_process_is_refused_and_told_what_to_do(sqlite_url: str) -> None:
    with holder(sqlite_url) as process:
        with (
            pytest.raises(DatabaseInUse, match=rf"process \(number {process.pid}\).*PostgreSQL") as caught,
            sole_process(sqlite_url),
        ):
            pass
        assert "postroom.db." in caught.value.message
        process.communicate()
    with sole_process(sqlite_url):
        pass


def test_the_lock_of_a_killed_process_is_free_at_once(sqlite_url: str) -> None:
    with holder(sqlite_url) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with sole_process(sqlite_url):
            pass


def test_the_lock_makes_the_folder_that_the_database_will_be_in(tmp_path: Path) -> None:
    with sole_process(f"sqlite:///{tmp_path}/new/postroom.db"):
        assert (tmp_path / "new" / "postroom.db.lock").read_text() == f"{os.getpid()}\n"


def test_an_error_inside_gives_the_lock_back(sqlite_url: str) -> None:
    with pytest.raises(KeyError), sole_process(sqlite_url):
        raise KeyError
    with sole_process(sqlite_url):
        pass


def test_postgresql_is_for_many_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with sole_process("postgresql://localhost/x"), sole_process("postgresql://localhost/x"):
        assert list(tmp_path.iterdir()) == []
