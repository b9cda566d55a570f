"""The API over SQLite, whose streams these tests open."""

from tests.api.conftest import client, settings, with_settings

__all__ = ["client", "settings", "with_settings"]
