"""A house that sends: accounts at a counting SMTP server, messages as callers submit them, and senders."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.configuration.runtime import RuntimeSettings
from postroom.figures import Figures
from postroom.storage.database import Database
from postroom.storage.schema.sending import (
    sending_lanes,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import events
from postroom.storage.wakeups import wake
from postroom.submission.accepting.service import Accepting, ToSubmit
from postroom.submission.delivery.sender import Sender
from postroom.submission.model import TOPIC
from postroom.submission.transmission.connections import SendingConnections
from tests.fakes.smtp_server import FakeSmtpServer
from tests.fakes.waiting import eventually
from tests.sessions.conftest import sessions_of
from tests.submission.transmission.parcels import PATIENT
from tests.supervisor.conftest import BOX, access_tokens

ENDED = frozenset({"sent", "failed", "unknown", "cancelled"})


@dataclass
class PostHouse:
    """What a test of sending needs. `db` may be another connection to the same database for each sender."""

    db: Database
    server: FakeSmtpServer
    figures: Figures = field(default_factory=Figures)
    submitted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runtime = RuntimeSettings(self.db, BOX)
        self.accounts = Accounts(self.db, BOX)

    async def add_account(self, account: str = "ann", *, server: FakeSmtpServer | None = None, **more: Any) -> None:
        """Store an account that sends by the house's server, or by another."""
        auth = {"user": account, "pass": "pass"}
        smtp = {"host": "127.0.0.1", "port": (server or self.server).port, "auth": auth}
        body = {"name": account, "email": f"{account}@example.test", "imap": False, "smtp": smtp, **more}
        await self.accounts.register(account, body)

    async def submit(self, account: str = "ann", *recipients: str, number: int = 0, **more: Any) -> str:
        """Accept a message; return its queue id. Its Message-ID holds account and number."""
        message_id = f"<{number}.{account}@example.test>"
        octets = f"Subject: {number}\r\nMessage-ID: {message_id}\r\n\r\nhello\r\n".encode()
        given = {"octets": octets, "most_attempts": 10, **more}
        to = recipients or ("bob@example.test",)
        message = ToSubmit(account, f"{account}@example.test", to, message_id, f"{number}", **given)
        stored = await Accepting(db=self.db, box=BOX, runtime=self.runtime).accept(message)
        self.submitted.append(stored.queue_id)
        return stored.queue_id

    @asynccontextmanager
    async def sending(self, db: Database | None = None, **options: Any) -> AsyncIterator[Sender]:
        """Run a sender for the block, with connections of its own."""
        db = db or self.db
        tokens, accounts = access_tokens(db), Accounts(db, BOX)
        connections = SendingConnections(sessions_of(tokens=tokens), accounts, times=options.pop("times", PATIENT))
        given = {"node_id": "node", "grace": 10.0, "figures": self.figures, **options}
        runtime = RuntimeSettings(db, BOX)
        sender = Sender(db=db, box=BOX, runtime=runtime, accounts=accounts, connections=connections, **given)
        task = asyncio.create_task(sender.run())
        try:
            yield sender
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await connections.close()
            await tokens.close()

    # What became of it

    async def rows(self, table: sa.Table = submissions) -> list[Any]:
        """Every row of a table, in order."""
        query = sa.select(table).order_by(*table.primary_key)
        return list(await self.db.read(lambda conn: conn.execute(query).all()))

    async def states(self) -> list[str]:
        """The states of all messages, in the order in which they were submitted."""
        query = sa.select(submissions.c.state).order_by(*submissions.primary_key)
        return list(await self.db.read(lambda conn: conn.execute(query).scalars()))

    async def recipients(self) -> list[tuple[str, str]]:
        """The address and state of every recipient."""
        return [(row.address, row.state) for row in await self.rows(submission_recipients)]

    async def lane(self) -> Any:
        """The only lane."""
        [row] = await self.rows(sending_lanes)
        return row

    async def tasks(self) -> list[str]:
        """The kinds of all tasks."""
        return [row.kind for row in await self.rows(submission_tasks)]

    async def told(self, *names: str) -> list[tuple[str, dict[str, Any]]]:
        """The name and data of every event about messages, or of those with these names, in order."""
        rows = await self.rows(events)
        wanted = [row for row in rows if (row.type in names if names else row.type.startswith("message"))]
        return [(row.type, orjson.loads(row.payload)["data"]) for row in wanted]

    async def names(self) -> list[str]:
        """The names of the events about messages."""
        return [name for name, _ in await self.told()]

    async def until(self, *states: str, timeout: float = 30.0) -> None:
        """Wait until the messages are in these states, in order."""
        await self._until(list(states), timeout)

    async def until_ended(self, timeout: float = 60.0) -> None:
        """Wait until no message is queued or under way."""
        deadline = asyncio.get_running_loop().time() + timeout
        while not ENDED.issuperset(seen := await self.states()):
            assert asyncio.get_running_loop().time() < deadline, f"not ended: {seen}"
            await asyncio.sleep(0.02)

    async def _until(self, wanted: list[str], timeout: float) -> None:
        deadline = asyncio.get_running_loop().time() + timeout
        while (seen := await self.states()) != wanted:
            assert asyncio.get_running_loop().time() < deadline, f"{seen} instead of {wanted}"
            await asyncio.sleep(0.01)

    async def until_released(self) -> None:
        """Wait until no process holds a lane."""
        deadline = asyncio.get_running_loop().time() + 30.0
        while any(row.claimed_by for row in await self.rows(sending_lanes)):
            assert asyncio.get_running_loop().time() < deadline, "a lane is still held"
            await asyncio.sleep(0.01)

    async def hasten(self) -> None:
        """Let the time pass for which messages and accounts wait."""

        def work(conn: Connection) -> None:
            conn.execute(sa.update(submissions).where(submissions.c.state == "queued").values(next_at=0))
            free = sending_lanes.c.claimed_by.is_(None)
            conn.execute(sa.update(sending_lanes).where(free).values(next_at=0, held_until=None))
            wake(conn, TOPIC)

        await self.db.write(work)

    def subjects(self) -> list[str]:
        """The subjects of the messages that the server took, in order."""
        return [
            message.content.split(b"\r\n", 1)[0].decode().removeprefix("Subject: ") for message in self.server.messages
        ]

    def copies(self) -> dict[str, int]:
        """How often the server took each message that it took more than once."""
        ids = [message.content.split(b"\r\n")[1] for message in self.server.messages]
        return {each.decode(): ids.count(each) for each in set(ids) if ids.count(each) > 1}


async def until_taken(server: FakeSmtpServer, count: int) -> None:
    """Wait until a server has taken so many messages."""
    await eventually(lambda: len(server.messages) >= count, what=lambda: len(server.messages))
