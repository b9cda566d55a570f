"""A scriptable mail server of each test's own, and an account at it over a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from postroom.sync.refusals import BACK_OFF
from postroom.sync.whole_answers import Answers
from tests.fakes.imap_server import FakeImapServer
from tests.sync.live_account import LiveAccount, live_account


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[FakeImapServer]:
    async with FakeImapServer() as server:
        yield server


@pytest_asyncio.fixture
async def account(sqlite_url: str, mail: FakeImapServer) -> AsyncIterator[LiveAccount]:
    async with live_account(sqlite_url, mail) as made:
        yield made


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of the usual pauses after a command that the server refuses for now; as many of them."""
    usual = Answers.__init__.__defaults__
    assert usual == (BACK_OFF,)
    monkeypatch.setattr(Answers.__init__, "__defaults__", (tuple(each / 10 for each in BACK_OFF),))
