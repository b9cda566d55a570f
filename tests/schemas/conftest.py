"""The fixtures of the API: schemas are tested through it."""

from __future__ import annotations

from tests.api.conftest import client, either_client, settings, with_settings

__all__ = ["client", "either_client", "settings", "with_settings"]
