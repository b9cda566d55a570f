"""Every path of the dashboard on one screen."""

from __future__ import annotations

from typing import Final

from postroom.web.dashboard.desk import DeskPage
from postroom.web.dashboard.screens import overview, profile

PAGES: Final[tuple[DeskPage, ...]] = (DeskPage("GET", "/", overview.show), *profile.PAGES)
