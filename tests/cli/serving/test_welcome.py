"""The first token and the code of the dashboard go to files where standard output is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.app import Running
from postroom.cli.serving.welcome import CODE_FILE, TOKEN_FILE, welcome


def test_a_token_is_not_printed_into_a_pipe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    welcome(Running("http://127.0.0.1:1", "the-first-token", None), tmp_path)
    told = capsys.readouterr()
    assert "the-first-token" not in told.out + told.err
    kept = tmp_path / TOKEN_FILE
    assert kept.read_text() == "the-first-token\n"
    assert kept.stat().st_mode & 0o077 == 0


def test_without_a_token_there_is_no_file(tmp_path: Path) -> None:
    welcome(Running("http://127.0.0.1:1", None, None), tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_code_of_the_dashboard_goes_to_a_file_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    welcome(Running("http://127.0.0.1:1", "the-first-token", None, "THE-CODE"), tmp_path)
    told = capsys.readouterr()
    assert "THE-CODE" not in told.out + told.err
    kept = tmp_path / CODE_FILE
    assert kept.read_text() == "THE-CODE\n"
    assert kept.stat().st_mode & 0o077 == 0
    assert (tmp_path / TOKEN_FILE).read_text() == "the-first-token\n"
