"""A sending account whose mailbox is at the scriptable server, and reports that come in there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.clock import now_ms
from postroom.events.log import append
from postroom.events.types import Event, MessageNew
from postroom.folders import numbers_store
from postroom.mail.ids import message_id
from postroom.mail.shapes import MessageObject
from postroom.mailboxes.visiting import MailVisits
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.pool import Pool
from postroom.storage.database import Database
from postroom.storage.schema.sending import (
    reports_found,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, events
from postroom.submission.reports import log_store
from postroom.submission.reports.follower import ReportFollower
from tests.mail.reports.sample_form import ORIGINAL_ID
from tests.sessions.conftest import sessions_of
from tests.submission.messages import accepting, message, rows
from tests.supervisor.conftest import BOX, imap_body

_SMTP = {"host": "127.0.0.1", "port": 25, "auth": {"user": "u", "pass": "p"}}


@dataclass
class ReportOffice:
    """Accounts of a database, at one mail server, scriptable or real. `now` is the follower's clock in milliseconds."""

    db: Database
    mail: Any
    now: int = field(default_factory=now_ms)
    keys: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.db, BOX)
        self.visits = MailVisits(Borrowing(self.accounts, Pool(sessions_of())))

    async def add_account(self, account: str = "anna", state: str = "connected") -> int:
        """Store an account; its user at the server has the same name."""
        body = imap_body(self.mail.port, account) | {"email": f"{account}@shop.example", "smtp": _SMTP}
        await self.accounts.register(account, body)
        await self.set_state(account, state)
        query = sa.select(accounts.c.key).where(accounts.c.account == account)
        self.keys[account] = await self.db.read(lambda conn: int(conn.execute(query).scalar_one()))
        return self.keys[account]

    async def set_state(self, account: str, state: str) -> None:
        """Connect an account, or not."""
        change = accounts.update().where(accounts.c.account == account).values(state=state)
        await self.db.write(lambda conn: conn.execute(change) and None)

    async def submit(
        self,
        *recipients: str,
        account: str = "anna",
        message_id: str = ORIGINAL_ID,
        state: str = "sent",
        recipient_state: str | None = None,
        **fields: Any,
    ) -> str:
        """Store a message that was sent, or is in another state; return its queue id."""
        box = accepting(self.db, box=BOX)
        given = recipients or ("ann@recipient.example",)
        queue_id = (await box.accept(message(account, *given, message_id=message_id, **fields))).queue_id
        new = {"state": recipient_state or state}

        def work(conn: Connection) -> None:
            found = sa.select(submissions.c.id).where(submissions.c.queue_id == queue_id).scalar_subquery()
            finished = self.now if state in ("sent", "failed") else None
            values = {"state": state, "finished_at": finished, "attempt": "token", "attempts": 1}
            conn.execute(submissions.update().where(submissions.c.queue_id == queue_id).values(**values))
            of_it = submission_recipients.c.submission == found
            conn.execute(submission_recipients.update().where(of_it).values(**new))

        await self.db.write(work)
        return queue_id

    async def announce(self, account: str, *news: Event) -> None:
        """Append events of an account to the log."""
        await self.db.write(lambda conn: append(conn, self.keys[account], account, news, now_ms()))

    async def deliver(
        self, octets: bytes, account: str = "anna", path: str = "INBOX", role: str | None = "\\Inbox", **told: Any
    ) -> str:
        """Put a message into a mailbox and announce it; return its id."""
        stored = self.mail.append(account, octets, path)
        uidvalidity = self.mail.mailbox(account, path).uid_validity
        key = self.keys[account]
        number = await self.db.write(lambda conn: numbers_store.number(conn, key, path, uidvalidity))
        id_ = message_id(number, stored.uid)
        data = {"id": id_, "uid": stored.uid, "path": path, "subject": "Undelivered", "messageId": f"<{id_}@mx>"}
        known = cast("MessageObject", {**data, "isBounce": True, **told})
        await self.announce(account, MessageNew(path, role, known))
        return id_

    @asynccontextmanager
    async def following(self, **options: Any) -> AsyncIterator[ReportFollower]:
        """Follow the reports for the block, as one process."""
        options = {"db": self.db, "visits": self.visits, "node_id": "node", "clock": lambda: self.now, **options}
        follower = ReportFollower(**options)
        task = asyncio.get_running_loop().create_task(follower.run())
        try:
            await self.begun()
            yield follower
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def begun(self) -> None:
        """Wait until somebody has begun to read the log."""
        while True:
            place = await self.db.read(log_store.place)
            if place is not None and place.claimed_by is not None:
                return
            await asyncio.sleep(0.01)

    async def events(self, *names: str) -> list[dict[str, Any]]:
        """What was announced and has one of these names, in order."""
        query = sa.select(events.c.payload).where(events.c.type.in_(names)).order_by(events.c.seq)
        found: Sequence[str] = await self.db.read(lambda conn: conn.execute(query).scalars())
        return [orjson.loads(each) for each in found]

    async def names(self) -> list[str]:
        """The names of everything announced about mail, in order."""
        query = sa.select(events.c.type).where(events.c.type.like("message%")).order_by(events.c.seq)
        return list(await self.db.read(lambda conn: conn.execute(query).scalars()))

    async def until_announced(self, name: str, number: int = 1) -> list[dict[str, Any]]:
        """Wait for events of a name, and return their data."""
        deadline = asyncio.get_running_loop().time() + 30
        while len(found := await self.events(name)) < number:
            assert asyncio.get_running_loop().time() < deadline, f"{await self.names()}, {await self.found()}"
            await asyncio.sleep(0.01)
        return [each["data"] for each in found]

    async def until_done(self, number: int = 1) -> None:
        """Wait until so many reports were read."""
        deadline = asyncio.get_running_loop().time() + 30
        while sum(row.next_at is None for row in await self.found()) < number:
            assert asyncio.get_running_loop().time() < deadline, str(await self.found())
            await asyncio.sleep(0.01)

    async def found(self) -> list[Any]:
        """The rows of all reports."""
        return await rows(self.db, reports_found)

    async def recipients(self) -> dict[str, str]:
        """The state of each recipient by address."""
        return {row.address: row.state for row in await rows(self.db, submission_recipients)}

    async def tasks(self) -> list[str]:
        """What is left to do for messages."""
        return [row.kind for row in await rows(self.db, submission_tasks)]
