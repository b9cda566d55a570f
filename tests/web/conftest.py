"""A site of each test's own, over SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.api.conftest import client, either_client, settings
from tests.web.dashboard.desk_site import DeskSite, open_desk
from tests.web.site import Person, Site, open_site

__all__ = ["client", "desk", "either_client", "person", "settings", "site"]


@pytest.fixture
async def site(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Site]:
    """A site on which people may name servers on loopback."""
    async with open_site(sqlite_url, tmp_path) as running:
        yield running


@pytest.fixture
async def person() -> AsyncIterator[Person]:
    """A browser without JavaScript."""
    async with Person() as somebody:
        yield somebody


@pytest.fixture
async def desk(sqlite_url: str, tmp_path: Path) -> AsyncIterator[DeskSite]:
    """A dashboard of the test's own."""
    async with open_desk(sqlite_url, tmp_path) as running:
        yield running
