"""The services of the dashboard over SQLite, served on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from postroom.web.dashboard.desk import Desk
from tests.web.dashboard.desk_site import DeskSite, open_desk


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """A dashboard that is served; no runner and no worker is there."""
    async with open_desk(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
def desk(site: DeskSite) -> Desk:
    """The services that the screens get."""
    return site.gateway.desk
