"""Settings as a command reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.cli.configuration import load_settings
from postroom.settings import SettingsError


@pytest.fixture(autouse=True)
def _an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"port": 99999}, "POSTROOM_PORT cannot be used: input should be less than or equal to 65535."),
        ({"database_url": "mysql://host/db"}, "must begin with postgresql:// or sqlite:///."),
        ({"database_url": "sqlite:///"}, "must name a file"),
        ({"log_level": "loud"}, "POSTROOM_LOG_LEVEL"),
        ({"retry_min": "soon"}, "POSTROOM_RETRY_MIN"),
        ({"auth_retry_delays": ""}, "POSTROOM_AUTH_RETRY_DELAYS"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(options: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(**options)
    assert said in str(caught.value)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(SettingsError, match=r"POSTROOM_HOST_POLICY.*POSTROOM_LOG_FORMAT|POSTROOM_LOG_FORMAT.*_POLICY"):
        load_settings(host_policy="none", log_format="xml")


def test_a_secret_that_cannot_be_used_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(token=["hidden"])
    assert "hidden" not in str(caught.value)


def test_an_option_that_was_not_given_leaves_the_default() -> None:
    assert load_settings(port=None, host="0.0.0.0").port == 3000
