"""Settings as a command reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from postroom.cli.configuration import load_settings
from postroom.settings import SettingsError, unknown_settings


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
        ({"database_url": "postgresql://u:pa/ss@host/db"}, "POSTROOM_DATABASE_PASSWORD"),
        ({"database_url": "postgresql://u:pa#ss@host/db"}, "POSTROOM_DATABASE_PASSWORD"),
        ({"service_url": "https://host/path"}, "POSTROOM_SERVICE_URL cannot be used: must be an origin alone"),
        ({"service_url": "host"}, "must be an origin alone"),
        ({"bound_token_fields": "proxy,oauth2.auth.delegatedAccount"}, "it must not list oauth2.auth.delegatedAccount"),
        ({"bound_token_fields": "proxy,imap.host,name"}, "it must not list imap.host, name"),
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


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u@host/db", "postgresql://u:p%40%2F%3A%20%25@host/db"),
        (
            "postgres://u:other@one:1,two:2/db?sslmode=require",
            "postgresql://u:p%40%2F%3A%20%25@one:1,two:2/db?sslmode=require",
        ),
        ("postgresql://u@[::1]:5432/db", "postgresql://u:p%40%2F%3A%20%25@[::1]:5432/db"),
        ("postgresql:///db?host=/run", "postgresql://:p%40%2F%3A%20%25@/db?host=/run"),
        ("sqlite:///x.db", "sqlite:///x.db"),
    ],
)
def test_a_password_given_apart_may_be_made_of_anything(url: str, expected: str) -> None:
    assert load_settings(database_url=url, database_password="p@/: %").resolved_database_url == expected


def test_a_blank_variable_is_one_that_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("DATABASE_URL", "DATABASE_PASSWORD", "SECRET", "PREVIOUS_SECRETS", "TOKEN", "SERVICE_URL", "CA_FILE")
    for name in names:
        monkeypatch.setenv(f"POSTROOM_{name}", "")
    settings = load_settings()
    assert [getattr(settings, name.lower()) or None for name in names] == [None] * len(names)
    assert settings.sqlite_file is not None


def test_names_that_are_no_settings_are_found_where_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert unknown_settings() == []
    monkeypatch.setenv("POSTROOM_PROT", "1")
    monkeypatch.setenv("POSTROOM_PORT", "1")
    monkeypatch.setenv("POSTROOM_XYZZY", "1")
    (tmp_path / ".env").write_text("POSTROOM_DATA_DIRECTORY=x\nPOSTGRES_PASSWORD=y\npostroom_host=z\n")
    (tmp_path / "postroom.toml").write_text('hots = "x"\nport = 1\n')
    assert [(each.name, each.where, each.near) for each in unknown_settings()] == [
        ("POSTROOM_PROT", "the environment", "POSTROOM_PORT"),
        ("POSTROOM_XYZZY", "the environment", None),
        ("POSTROOM_DATA_DIRECTORY", ".env", "POSTROOM_DATA_DIR"),
        ("hots", "postroom.toml", "host"),
    ]
    assert "Did you mean POSTROOM_PORT?" in str(unknown_settings()[0])


@pytest.mark.parametrize("name", ["FOO", "URL", "DEBUG", "REDIS", "SMTP", "DB", "LOG", "BASE"])
def test_a_name_like_no_other_suggests_none(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The prefix, which all names share, is no likeness."""
    monkeypatch.setenv(f"POSTROOM_{name}", "1")
    (unknown,) = unknown_settings()
    assert unknown.near is None


@pytest.mark.parametrize(
    ("name", "meant"), [("WORKER", "WORKERS"), ("LOGLEVEL", "LOG_LEVEL"), ("DATABASE", "DATABASE_URL")]
)
def test_a_name_that_is_near_suggests_the_other(monkeypatch: pytest.MonkeyPatch, name: str, meant: str) -> None:
    monkeypatch.setenv(f"POSTROOM_{name}", "1")
    (unknown,) = unknown_settings()
    assert unknown.near == f"POSTROOM_{meant}"


def test_the_origin_is_kept_without_its_slash() -> None:
    assert load_settings(service_url="https://mail.example.com/").service_url == "https://mail.example.com"
