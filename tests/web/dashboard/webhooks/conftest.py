"""A dashboard whose gateway posts webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.dashboard.webhooks.posting import Posting, open_posting


@pytest.fixture
async def posting(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Posting]:
    """A dashboard with a receiver and two accounts."""
    async with open_posting(sqlite_url, tmp_path) as opened:
        yield opened
