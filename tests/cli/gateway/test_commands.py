"""The commands of the gateway reach their work; what each does is tested with the module that does it."""

from __future__ import annotations

from pathlib import Path

from tests.cli.postroom_program import call


def test_a_token_is_issued_listed_and_revoked(tmp_path: Path) -> None:
    issued = call(tmp_path, "token", "issue", "--description", "for the test", "--scope", "api").stdout.strip()
    listed = call(tmp_path, "token", "list").stdout
    assert "for the test" in listed
    assert issued not in listed
    assert call(tmp_path, "token", "revoke", issued).returncode == 0
    assert "for the test" not in call(tmp_path, "token", "list").stdout


def test_an_argument_that_is_missing_is_a_wrong_use(tmp_path: Path) -> None:
    done = call(tmp_path, "backup")
    assert done.returncode == 2
    assert "file" in done.stderr.lower()
