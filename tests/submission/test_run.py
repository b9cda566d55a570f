"""The whole of sending in one process, from its start to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.pool import Pool
from postroom.storage.database import Database
from postroom.submission.run import Sending
from tests.fakes.smtp_server import ALL_EXTENSIONS, FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.sessions.conftest import sessions_of
from tests.submission.delivery.sendings import PostHouse
from tests.supervisor.conftest import BOX, access_tokens


@pytest.fixture
async def server() -> AsyncIterator[FakeSmtpServer]:
    async with FakeSmtpServer(extensions=ALL_EXTENSIONS) as running:
        yield running


@asynccontextmanager
async def running(house: PostHouse) -> AsyncIterator[asyncio.Task[None]]:
    """Everything that sends, for the block."""
    tokens = access_tokens(house.db)
    sessions = sessions_of(tokens=tokens)
    sending = Sending(
        db=house.db,
        box=BOX,
        runtime=house.runtime,
        accounts=house.accounts,
        sessions=sessions,
        visits=MailVisits(Borrowing(house.accounts, Pool(sessions))),
        node_id="node",
        lanes=10,
        grace=10.0,
        figures=house.figures,
    )
    task = asyncio.create_task(sending.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await tokens.close()


async def test_a_message_under_way_is_finished_and_its_connection_closed(db: Database, server: FakeSmtpServer) -> None:
    house = PostHouse(db, server)
    await house.add_account()
    server.delay_on("END", 0.3)
    async with running(house) as task:
        await house.submit()
        await eventually(lambda: not {"DATA", "BDAT"}.isdisjoint(server.statistics.commands()))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert await house.states() == ["sent"]
    assert server.copies_of("<0.ann@example.test>") == 1
    await eventually(lambda: "QUIT" in server.statistics.commands())


async def test_another_process_goes_on_where_one_ended(db: Database, server: FakeSmtpServer) -> None:
    house = PostHouse(db, server)
    await house.add_account()
    async with running(house):
        await house.submit(number=1)
        await house.until("sent")
    await house.submit(number=2)
    async with running(house):
        await house.until("sent", "sent")
    assert [server.copies_of(f"<{number}.ann@example.test>") for number in (1, 2)] == [1, 1]
