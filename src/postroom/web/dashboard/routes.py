"""Every path of the dashboard on one screen."""

from __future__ import annotations

from typing import Final

from postroom.web.dashboard import live
from postroom.web.dashboard.accounts import (
    account_screen,
    bulk_screen,
    command_screen,
    diagnosis_screen,
    list_screen,
)
from postroom.web.dashboard.desk import DeskPage
from postroom.web.dashboard.overview import nodes_screen
from postroom.web.dashboard.overview import screen as overview
from postroom.web.dashboard.screens import profile

PAGES: Final[tuple[DeskPage, ...]] = (
    *overview.PAGES,
    *nodes_screen.PAGES,
    *live.PAGES,
    *list_screen.PAGES,
    *bulk_screen.PAGES,
    *profile.PAGES,
    *account_screen.PAGES,
    *command_screen.PAGES,
    *diagnosis_screen.PAGES,
)
