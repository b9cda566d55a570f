"""What the demonstration leaves for a shell while it stays up."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

from postroom.demo.farewell import environment_file


def test_a_shell_reads_the_address_and_the_token_and_nobody_else_may(tmp_path: Path) -> None:
    path = tmp_path / "data" / "demo" / "env"
    with environment_file("http://127.0.0.1:3000", "it's", path) as written:
        assert written == path
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        said = subprocess.run(
            ["bash", "-c", f". {path}; echo $URL $TOKEN"], capture_output=True, text=True, check=True
        ).stdout
        assert said == "http://127.0.0.1:3000 it's\n"
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_its_own_is_left(tmp_path: Path) -> None:
    path = tmp_path / "data" / "demo" / "env"
    with environment_file("http://127.0.0.1:1", "one", path):
        (tmp_path / "data" / "postroom.db").touch()
        with environment_file("http://127.0.0.1:2", "two", path):
            pass
        assert not path.exists()
    assert (tmp_path / "data" / "postroom.db").exists()


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with environment_file("http://127.0.0.1:1", "one", tmp_path / "data" / "demo" / "env") as written:
        assert written is None
