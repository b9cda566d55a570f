"""Fixtures of delivery: a counting SMTP server, and the house that sends by it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from postroom.storage.database import Database
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.submission.delivery.sendings import PostHouse


@pytest.fixture
async def server() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as running:
        yield running


@pytest.fixture
def house(db: Database, server: FakeSmtpServer) -> PostHouse:
    return PostHouse(db, server)
