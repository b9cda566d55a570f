"""The settings of the process for reading: name, value with secrets masked, where it comes from, what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pydantic import SecretStr

from postroom.footprint.dataclass import dataclass
from postroom.setting_rules import PREFIX
from postroom.settings import Settings
from postroom.words.masking import MASK, masked_url

__all__ = ["ProcessSetting", "process_settings"]

_URLS: Final = ("database_url", "ispdb_url", "oidc_issuer")


@dataclass(frozen=True, slots=True)
class ProcessSetting:
    """One setting of the process."""

    name: str
    value: str
    place: str
    meaning: str


def process_settings(settings: Settings, places: Mapping[str, str]) -> list[ProcessSetting]:
    """Return all settings in the order of the documentation. No secret is in them."""
    return [
        ProcessSetting(
            f"{PREFIX}{name.upper()}", _text(name, getattr(settings, name)), places[name], field.description or ""
        )
        for name, field in Settings.model_fields.items()
    ]


def _text(name: str, value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case SecretStr():
            return MASK if value.get_secret_value() else ""
        case tuple():
            return ", ".join(_text(name, each) for each in value)
        case float() if value.is_integer():
            return str(int(value))
        case str() if name in _URLS:
            return masked_url(value)
    return str(value)
