"""What a person enters."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator
from pathlib import Path

import pytest

from postroom.cli.exits import CommandLineError, ExitStatus
from postroom.cli.remote.entering import confirm, entered_secret, read_content, read_text


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Standard input is a terminal; what is written to this descriptor is typed there."""
    typed, inside = pty.openpty()
    with os.fdopen(inside, "r") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield typed
    os.close(typed)


def test_a_secret_comes_from_a_file_without_the_end_of_its_line(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_bytes(" päss word \r\n".encode())
    assert entered_secret("Password", file) == " päss word "


@pytest.mark.parametrize(("content", "says"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff", "is not UTF-8")])
def test_what_is_no_secret(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(CommandLineError, match=says) as raised:
        entered_secret("Password", file)
    assert raised.value.status == ExitStatus.USAGE


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for read in (read_text, read_content):
        with pytest.raises(CommandLineError, match="cannot be read"):
            read(tmp_path / "none")


def test_where_nobody_can_be_asked_the_option_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / "empty").open() as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        with pytest.raises(CommandLineError, match="--password-file PATH"):
            entered_secret("Password", None)
        with pytest.raises(CommandLineError, match="give --yes"):
            confirm("Really?", yes=False)
        confirm("Really?", yes=True)


@pytest.mark.parametrize(("typed", "agrees"), [("y\n", True), ("YES\n", True), ("\n", False), ("no\n", False)])
def test_a_question_is_answered_with_yes_or_not(terminal: int, typed: str, agrees: bool) -> None:
    os.write(terminal, typed.encode())
    if agrees:
        confirm("Really?", yes=False)
    else:
        with pytest.raises(CommandLineError, match="Nothing was done"):
            confirm("Really?", yes=False)
