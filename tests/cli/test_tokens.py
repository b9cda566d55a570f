"""`postroom token`: the real program on a database of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.postroom_program import call, run


def test_issue_prints_the_token_alone(tmp_path: Path) -> None:
    done = run(tmp_path, "token", "issue", "--description", "a program")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"[0-9a-f]{64}\n", done.stdout)


@pytest.mark.parametrize("arguments", [("list",), ("revoke", "x")])
def test_where_no_database_is_none_is_made(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = call(tmp_path, "token", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert "POSTROOM_DATA_DIR" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_token_can_be_listed_and_revoked_but_not_read_again(tmp_path: Path) -> None:
    token = call(
        tmp_path, "token", "issue", "--description", "for Grafana", "--scope", "metrics", "--expires", "2099-12-31"
    ).stdout.strip()
    listed = call(tmp_path, "token", "list").stdout
    assert token not in listed
    line = next(line for line in listed.splitlines() if "for Grafana" in line)
    assert "metrics" in line
    assert "2099-12-31T00:00:00.000Z" in line
    assert call(tmp_path, "token", "revoke", line.split()[0]).returncode == 0
    assert "for Grafana" not in call(tmp_path, "token", "list").stdout


def test_revoke_takes_the_token_itself_too(tmp_path: Path) -> None:
    token = call(tmp_path, "token", "issue", "--description", "lost").stdout.strip()
    assert call(tmp_path, "token", "revoke", token).returncode == 0
    again = call(tmp_path, "token", "revoke", token)
    assert again.returncode == 1
    assert "postroom token list" in again.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--scope", "root"), "*, api, metrics"),
        (("--expires", "soon"), "2027-01-31"),
        (("--expires", "2001-01-01"), "in the future"),
        (("--account", "nobody@example.com"), "Register it first"),
    ],
)
def test_a_token_that_cannot_be_is_refused_in_one_sentence(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    done = call(tmp_path, "token", "issue", "--description", "x", *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_an_empty_description_is_refused(tmp_path: Path) -> None:
    done = call(tmp_path, "token", "issue", "--description", " ")
    assert done.returncode == 1
    assert "what the token is for" in done.stderr
