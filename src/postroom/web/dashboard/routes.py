"""Every path of the dashboard on one screen."""

from __future__ import annotations

from typing import Final

from postroom.web.dashboard import live
from postroom.web.dashboard.accounts import (
    bulk_screen,
    command_screen,
    list_screen,
    one_screen,
)
from postroom.web.dashboard.desk import DeskPage
from postroom.web.dashboard.diagnosis import screen as diagnosis
from postroom.web.dashboard.oauth2 import app_form, apps_screen
from postroom.web.dashboard.overview import nodes_screen
from postroom.web.dashboard.overview import screen as overview
from postroom.web.dashboard.reference import screen as reference
from postroom.web.dashboard.screens import profile
from postroom.web.dashboard.settings import screen as settings
from postroom.web.dashboard.tokens import screen as tokens

PAGES: Final[tuple[DeskPage, ...]] = (
    *overview.PAGES,
    *nodes_screen.PAGES,
    *live.PAGES,
    *list_screen.PAGES,
    *bulk_screen.PAGES,
    *profile.PAGES,
    *one_screen.PAGES,
    *command_screen.PAGES,
    *diagnosis.PAGES,
    *apps_screen.PAGES,
    *app_form.PAGES,
    *tokens.PAGES,
    *settings.PAGES,
    *reference.PAGES,
)
