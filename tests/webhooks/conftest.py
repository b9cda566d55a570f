"""A gateway's webhooks on a real database, with accounts to send events from and a real receiver."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import pytest
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.names import LOCALHOST
from postroom.events.log import append
from postroom.events.rides import Ride, Rides, write_along
from postroom.events.types import AccountEvent, Event, MessageNew
from postroom.figures import Figures
from postroom.mail.shapes import MessageObject
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, deliveries, events, webhook_endpoints, webhook_lanes
from postroom.storage.turns import WriteTurn
from postroom.webhooks import retry
from postroom.webhooks.run import Webhooks
from tests.fakes.webhook_receiver import WebhookReceiver

SERVICE_SECRET = "the service secret"


@dataclass
class House:
    """What a test of webhooks needs: the database, its settings and accounts, and the way to start deliveries."""

    db: Database
    box: SecretBox = field(default_factory=lambda: SecretBox(("test secret",)))
    settings: Settings = field(default_factory=lambda: Settings(webhook_timeout=30.0))
    keys: dict[str, int] = field(default_factory=dict)
    figures: Figures = field(default_factory=Figures)
    rides: Rides = field(default_factory=Rides)

    def __post_init__(self) -> None:
        self.runtime = RuntimeSettings(self.db, self.box)
        self.accounts = Accounts(self.db, self.box)

    async def add_account(self, account: str, **fields: Any) -> int:
        """Store an account; its `accountAdded` counts as routed, so that tests see only their own events."""
        body = {"name": account, "email": f"{account}@example.com", "imap": False, "smtp": _SMTP, **fields}
        await self.accounts.register(account, body)

        def work(conn: Connection) -> int:
            conn.execute(sa.text("UPDATE events SET routed = true"))
            return int(conn.execute(sa.select(accounts.c.key).where(accounts.c.account == account)).scalar_one())

        self.keys[account] = await self.db.write(work)
        return self.keys[account]

    async def announce(self, account: str, events: Sequence[Event]) -> None:
        """Append events of an account to the log."""
        await self.db.write(lambda conn: append(conn, self.keys[account], account, events, now_ms()))

    async def announce_along(self, account: str, *numbers: int) -> None:
        """Append one event per number, as the sync does: the delivery goes along if it can."""
        events = [AccountEvent("connectError", {"number": number}) for number in numbers]

        def work(conn: Connection, ride: Ride | None) -> None:
            append(conn, self.keys[account], account, events, now_ms(), ride=ride)

        await write_along(self.db, self.rides, work, WriteTurn.NORMAL)

    async def announce_numbers(self, account: str, *numbers: int) -> None:
        """Append one event per number; `number_of` finds it in what was received."""
        await self.announce(account, [AccountEvent("connectError", {"number": number}) for number in numbers])

    @asynccontextmanager
    async def delivering(self, **changes: Any) -> AsyncIterator[asyncio.Task[None]]:
        """Run the webhooks of one process."""
        settings = self.settings.model_copy(update=changes)
        task = asyncio.create_task(
            Webhooks(
                db=self.db,
                box=self.box,
                runtime=self.runtime,
                settings=settings,
                node_id="node",
                figures=self.figures,
                lookups=LOCALHOST,
                rides=self.rides,
            ).run()
        )
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def rows(self, table: sa.Table = deliveries) -> list[Any]:
        """Every row of a table, deliveries in the order they were made."""
        order = list(table.primary_key)[-1]
        return list(await self.db.read(lambda conn: conn.execute(sa.select(table).order_by(order)).all()))

    async def states(self) -> list[str]:
        """The states of all deliveries, in order."""
        return [row.state for row in await self.rows()]

    async def endpoint(self, name: str = "global") -> Any:
        """The stored row of an endpoint."""
        query = sa.select(webhook_endpoints).where(webhook_endpoints.c.id == name)
        return await self.db.read(lambda conn: conn.execute(query).one_or_none())

    async def wait_for_states(self, *states: str, timeout: float = 60.0) -> None:
        """Wait until the deliveries are in these states, in order."""
        await _until(self.states, list(states), timeout)

    async def wait_until_routed(self, timeout: float = 60.0) -> None:
        """Wait until it has been decided of every event who gets it."""

        async def unrouted() -> list[str]:
            return [row.type for row in await self.rows(events) if not row.routed]

        await _until(unrouted, [], timeout)

    async def wait_until_done(self, timeout: float = 60.0) -> None:
        """Wait until no lane is left."""
        await _until(partial(self.rows, webhook_lanes), [], timeout)


async def _until(look: Callable[[], Awaitable[list[Any]]], wanted: list[Any], timeout: float) -> None:
    deadline = asyncio.get_running_loop().time() + timeout
    while (seen := await look()) != wanted:
        assert asyncio.get_running_loop().time() < deadline, f"{seen} instead of {wanted}"
        await asyncio.sleep(0.01)


_SMTP = {"host": "localhost", "port": 25, "auth": {"user": "u", "pass": "p"}}


def number_of(request: Any) -> int:
    """The number of an event made by `announce_numbers`."""
    return int(request.json()["data"]["number"])


def message(path: str = "INBOX", **data: Any) -> MessageNew:
    """A `messageNew`."""
    return MessageNew(path, None, cast("MessageObject", {"id": "AAAA", "uid": 1, **data}))


@pytest.fixture
async def house(db: Database) -> House:
    """A house without a webhook URL."""
    house = House(db)
    await house.runtime.update({"serviceSecret": SERVICE_SECRET, "serviceUrl": "https://mail.example"})
    return house


@pytest.fixture
async def receiver() -> AsyncIterator[WebhookReceiver]:
    """A receiver that takes everything."""
    async with WebhookReceiver() as listening:
        yield listening


@pytest.fixture
async def posting(house: House, receiver: WebhookReceiver) -> House:
    """A house with two accounts whose events go to the receiver."""
    await house.runtime.update({"webhooks": receiver.url})
    await house.add_account("anna")
    await house.add_account("bert")
    return house


@pytest.fixture
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of hundredths of a second instead of hours; as many of them as in the real schedule."""
    monkeypatch.setattr(retry, "SCHEDULE", (0.05,) * len(retry.SCHEDULE))
    monkeypatch.setattr(retry, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(retry, "LONGEST_PAUSE", 0.2)
