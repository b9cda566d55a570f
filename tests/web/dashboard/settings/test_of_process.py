"""The settings of the process: all of them, in the words of the documentation, and no secret."""

from __future__ import annotations

from pathlib import Path

from postroom.settings import Settings, places_of
from postroom.web.dashboard.settings.of_process import process_settings

SETTINGS = Settings(
    token="hunter2",
    admin_password="hunter2 hunter2",
    previous_secrets="hunter2,hunter2",
    database_url="postgresql://user:hunter2@db.example/x",
    trusted_proxies="10.0.0.0/8",
    retry_max=600,
    data_dir=Path("/var/lib/x"),
    _env_file=None,
)


def test_all_are_shown_and_no_secret_is() -> None:
    found = process_settings(SETTINGS, places_of(SETTINGS))
    shown = {each.name: each for each in found}
    assert len(shown) == len(Settings.model_fields)
    assert "hunter2" not in str(found)
    values = {name: shown[f"POSTROOM_{name}"].value for name in ("TOKEN", "PREVIOUS_SECRETS", "RETRY_MAX", "DATA_DIR")}
    assert values == {
        "TOKEN": "******",
        "PREVIOUS_SECRETS": "******, ******",
        "RETRY_MAX": "600",
        "DATA_DIR": "/var/lib/x",
    }
    assert shown["POSTROOM_DATABASE_URL"].value == "postgresql://******:******@db.example/x"
    assert (shown["POSTROOM_SECRET"].value, shown["POSTROOM_DASHBOARD"].value) == ("", "true")
    assert shown["POSTROOM_PORT"].meaning == Settings.model_fields["port"].description
