"""House rule: every setting is explained in docs/settings.md, under the name an operator types."""

from __future__ import annotations

from postroom.settings import Settings
from tests.house.modules import PROJECT

DOCUMENT = PROJECT / "docs" / "settings.md"


def missing_settings(document: str) -> list[str]:
    variables = [f"POSTROOM_{name.upper()}" for name in Settings.model_fields]
    return [variable for variable in variables if f"`{variable}`" not in document]


def test_every_setting_is_explained() -> None:
    assert missing_settings(DOCUMENT.read_text(encoding="utf-8")) == []


def test_a_missing_setting_is_caught() -> None:
    assert "POSTROOM_PORT" in missing_settings("`POSTROOM_HOST`, POSTROOM_PORTS")
    assert "POSTROOM_HOST" not in missing_settings("`POSTROOM_HOST`, POSTROOM_PORTS")
