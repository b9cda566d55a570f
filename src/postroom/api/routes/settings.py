"""The routes of run-time settings."""

from __future__ import annotations

from typing import Final

from postroom.api.handlers import settings
from postroom.api.pipeline.route import Route
from postroom.api.routes.rights import ADMIN, ADMIN_READ
from postroom.configuration.unused_keys import is_unused_key
from postroom.schemas.requests import settings as setting_req

# fmt: off
ROUTES: Final[tuple[Route, ...]] = (
    Route("getSettings", "GET", "/v1/settings", settings.get_settings, ADMIN_READ, "Get settings", "Settings",
          setting_req.SettingsQuery, is_unused=is_unused_key),
    Route("changeSettings", "POST", "/v1/settings", settings.change_settings, ADMIN, "Change settings", "Settings",
          body=setting_req.SettingsChange, is_unused=is_unused_key),
)
# fmt: on
