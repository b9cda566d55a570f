"""Where settings come from, which wins, and what is refused; misspelled names are found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from postroom.setting_rules import Unknown
from postroom.settings import Settings, files_with_secrets, places_of, service_manager, unknown_settings


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without `.env` and `postroom.toml`."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refusal(**values: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Settings(**values)
    return str(caught.value)


def test_arguments_win_over_the_environment_and_that_over_the_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings().port == 3000
    (folder / "postroom.toml").write_text("port = 1\n")
    assert Settings().port == 1
    (folder / ".env").write_text("POSTROOM_PORT=2\n")
    assert Settings().port == 2
    monkeypatch.setenv("POSTROOM_PORT", "3")
    assert Settings().port == 3
    assert Settings(port=4).port == 4


def test_the_case_of_a_variable_does_not_matter_and_one_without_a_value_is_not_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "postroom.toml").write_text('host = "192.0.2.1"\n')
    (folder / ".env").write_text("POSTROOM_HOST\npostroom_port=2\n")
    monkeypatch.setenv("postroom_workers", "2")
    settings = Settings()
    assert (settings.host, settings.port, settings.workers) == ("192.0.2.1", 2, 2)
    assert Settings(_env_file=None).port == 3000


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError):
        Settings().port = 1  # type: ignore[misc]


def test_secrets_do_not_print() -> None:
    settings = Settings(secret="hunter2", token="hunter2", database_password="hunter2")
    assert "hunter2" not in repr(settings)


def test_lists_are_written_with_commas_and_blanks_are_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTROOM_TRUSTED_PROXIES", "10.0.0.1, 10.0.0.2")
    monkeypatch.setenv("POSTROOM_TOKEN", "")
    monkeypatch.setenv("POSTROOM_SERVICE_URL", "")
    settings = Settings()
    assert [str(each) for each in settings.trusted_proxies] == ["10.0.0.1", "10.0.0.2"]
    assert (settings.token, settings.service_url) == (None, None)


def test_origins_are_origins_alone() -> None:
    given = "https://App.example.com/, http://localhost:8080,*"
    assert Settings(cors_origins=given).cors_origins == ("https://app.example.com", "http://localhost:8080", "*")
    for wrong in ("app.example.com", "https://app.example.com/app"):
        with pytest.raises(ValidationError):
            Settings(cors_origins=wrong)


@pytest.mark.parametrize(
    ("given", "password", "resolved"),
    [
        ("postgres://u@h/d", None, "postgresql://u@h/d"),
        ("postgresql://u:old@h:5432/d?x=y", "p/w@", "postgresql://u:p%2Fw%40@h:5432/d?x=y"),
        ("postgresql://u@h1,h2:5433/d", "p", "postgresql://u:p@h1,h2:5433/d"),
        ("sqlite:///x.db", "ignored", "sqlite:///x.db"),
    ],
)
def test_the_database_is_the_one_given_with_the_password_of_its_own(
    given: str, password: str | None, resolved: str
) -> None:
    settings = Settings(database_url=given, database_password=password)
    assert settings.resolved_database_url == resolved
    assert settings.sqlite_file == (Path("x.db") if given.startswith("sqlite") else None)


def test_without_a_database_there_is_a_file_in_the_data_directory(folder: Path) -> None:
    settings = Settings(data_dir=Path("data"))
    assert settings.sqlite_file == folder / "data" / "postroom.db"


@pytest.mark.parametrize("url", ["mysql://u@h/d", "sqlite:///", "postgresql://u:pa/ss@h:port/d"])
def test_a_database_that_cannot_be_meant_is_refused(url: str) -> None:
    assert "database_url" in refusal(database_url=url)


@pytest.mark.parametrize("url", ["one.example", "ftp://one.example"])
def test_the_service_url_is_an_origin(url: str) -> None:
    assert "service_url" in refusal(service_url=url)
    assert Settings(service_url="https://one.example/").service_url == "https://one.example"


def test_misspelled_settings_are_found_wherever_they_stand(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTROOM_DATA_DIRECTORY", "x")
    monkeypatch.setenv("POSTROOM_PORT", "1")
    (folder / ".env").write_text("POSTROOM_COLOUR=red\nOTHER=1\n")
    (folder / "postroom.toml").write_text("prot = 1\nhost = 'x'\n")
    found = unknown_settings()
    assert found == [
        Unknown("POSTROOM_DATA_DIRECTORY", "the environment", "POSTROOM_DATA_DIR"),
        Unknown("POSTROOM_COLOUR", ".env", None),
        Unknown("prot", "postroom.toml", "port"),
    ]
    assert "Did you mean POSTROOM_DATA_DIR?" in str(found[0])
    assert "docs/settings.md" in str(found[1])


def test_files_that_hold_a_secret_are_named(folder: Path) -> None:
    (folder / ".env").write_text("POSTROOM_PORT=1\nPOSTROOM_SECRET=\n")
    (folder / "postroom.toml").write_text("port = 1\n")
    assert files_with_secrets() == []
    (folder / ".env").write_text("POSTROOM_SECRET=x\n")
    (folder / "postroom.toml").write_text("database_url = 'postgresql://u:p@h/d'\n")
    assert files_with_secrets() == [Path(".env"), Path("postroom.toml")]


@pytest.mark.parametrize(
    ("address", "interval", "watchdog"),
    [("/run/notify", "3000000", 3.0), ("@abstract", "", None), ("/run/notify", "0", None), ("/run/notify", "x", None)],
)
def test_a_service_manager_says_where_to_report(
    monkeypatch: pytest.MonkeyPatch, address: str, interval: str, watchdog: float | None
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", interval)
    manager = service_manager()
    assert manager is not None
    assert (manager.address, manager.watchdog) == (address, watchdog)


@pytest.mark.parametrize("address", ["", "relative"])
def test_without_an_address_there_is_no_service_manager(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    assert service_manager() is None


def test_it_is_known_where_a_setting_comes_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSTROOM_LOG_LEVEL", "debug")
    (tmp_path / ".env").write_text("POSTROOM_TRACES=true\n")
    (tmp_path / "postroom.toml").write_text("lease = 60\n")
    found = places_of(Settings(port=0))
    assert {name: found[name] for name in ("log_level", "traces", "lease", "port", "host")} == {
        "log_level": "environment",
        "traces": ".env",
        "lease": "postroom.toml",
        "port": "command line",
        "host": "default",
    }
    assert found.keys() == Settings.model_fields.keys()
