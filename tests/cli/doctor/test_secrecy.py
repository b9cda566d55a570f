"""Secrets that could be guessed or read: told at the start and by the doctor, with the cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.cli.doctor.checks import Level
from postroom.cli.doctor.secrecy import check_key_file, check_settings_files, check_token, told_at_the_start
from postroom.settings import Settings
from postroom.storage.sealing.secrets import KEY_FILE
from tests.cli.postroom_program import call

WEAK = "my-postroom-api-token-2026"


def settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, data_dir=folder, **given)


def test_a_weak_token_is_told_and_not_shown(tmp_path: Path) -> None:
    (finding,) = check_token(settings(tmp_path, token=WEAK))
    assert finding.level is Level.WARN
    assert "POSTROOM_TOKEN could be guessed" in finding.detail
    assert "openssl rand" in finding.advice
    assert WEAK not in str(finding)
    (finding,) = check_token(settings(tmp_path, token="3f9c0a71d2b84e65a7c1f0d938e2b64c"))
    assert finding.level is Level.OK
    assert check_token(settings(tmp_path)) == []


def test_a_key_file_that_others_can_read(tmp_path: Path) -> None:
    key = tmp_path / KEY_FILE
    key.write_text("a key")
    for mode, level in ((0o644, Level.WARN), (0o640, Level.WARN), (0o600, Level.OK)):
        key.chmod(mode)
        (finding,) = check_key_file(settings(tmp_path))
        assert finding.level is level
        assert (f"chmod 600 {key}" in finding.advice) is (level is Level.WARN)


@pytest.mark.parametrize(
    ("name", "text", "mode", "is_told"),
    [
        (".env", "POSTROOM_TOKEN=x", 0o644, True),
        (".env", "postroom_secret=x", 0o604, True),
        (".env", "POSTROOM_TOKEN=x", 0o640, False),
        (".env", "POSTROOM_TOKEN=x", 0o600, False),
        (".env", "POSTROOM_TOKEN=\nPOSTROOM_PORT=1", 0o644, False),
        ("postroom.toml", 'database_password = "x"', 0o644, True),
        ("postroom.toml", "port = 1", 0o644, False),
    ],
)
def test_a_file_of_settings_that_everybody_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, mode: int, is_told: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    Path(name).chmod(mode)
    found = check_settings_files()
    assert [finding.advice for finding in found] == ([f"Run: chmod o= {name}"] if is_told else [])


def test_the_start_tells_what_should_be_mended_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert told_at_the_start(settings(tmp_path)) == []
    (tmp_path / KEY_FILE).write_text("a key")
    (tmp_path / KEY_FILE).chmod(0o644)
    assert [finding.check for finding in told_at_the_start(settings(tmp_path, token=WEAK))] == ["token", "key"]


def test_the_doctor_says_so(tmp_path: Path) -> None:
    done = call(tmp_path, "doctor", token=WEAK)
    assert "warn token" in done.stdout
    assert WEAK not in done.stdout + done.stderr
