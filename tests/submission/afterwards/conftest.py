"""Messages of the account `a` that were sent, or may have been, and what is left to do for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import pytest
import sqlalchemy as sa

from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.mail.ids import message_id
from postroom.mailboxes.account_row import account_row
from postroom.mailboxes.changing.service import MailChanges
from postroom.mailboxes.sent_mail.service import SentMail
from postroom.mailboxes.visit import TimeAllowed
from postroom.mailboxes.visiting import MailVisits
from postroom.storage.schema.sending import (
    submission_bodies,
    submission_recipients,
    submission_tasks,
    submissions,
)
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import events
from postroom.storage.wakeups import wake
from postroom.submission.accepting.model import ToSubmit
from postroom.submission.accepting.service import Accepting
from postroom.submission.afterwards import followed_store, task_store
from postroom.submission.afterwards.chores import Chores
from postroom.submission.afterwards.model import FollowedMessage, FollowingTask, TaskOutcome
from postroom.submission.afterwards.run import Afterwards
from postroom.submission.bodies import Bodies
from postroom.submission.model import TOPIC, TaskKind
from postroom.submission.plan import NO_PLAN, SendingPlan
from postroom.sync import store as folders
from tests.fakes.waiting import eventually
from tests.mailboxes.conftest import mail, visits
from tests.supervisor.conftest import BOX

__all__ = ["FollowedHouse", "mail", "visits"]

ROLES = {"Sent": "\\Sent", "Drafts": "\\Drafts", "Trash": "\\Trash", "INBOX": "\\Inbox"}
ME = "node/1"


@dataclass
class FollowedHouse:
    """The rows of sent messages, and the process that does what is left to do for them."""

    visits: MailVisits
    numbers: list[int] = field(default_factory=list)

    @property
    def db(self) -> Any:
        return self.visits.db

    async def message(
        self,
        *kinds: TaskKind,
        account: str = "a",
        plan: SendingPlan = NO_PLAN,
        state: str = "sent",
        recipients: dict[str, str] | None = None,
        octets: bytes | None = None,
        **columns: Any,
    ) -> int:
        """Store a message in this state, with recipients in theirs, and its tasks, due now; return its row's id."""
        number = len(self.numbers) + 1
        states = recipients or {"b@x": state}
        mail = octets if octets is not None else letter(number)
        ready = ToSubmit(account, "a@x", tuple(states), f"<{number}@x>", "Hi", mail, plan)
        stored = await Accepting(db=self.db, box=BOX, runtime=RuntimeSettings(self.db, BOX)).accept(ready)
        now = now_ms()
        values: dict[str, Any] = {"state": state, "attempted_at": now}
        if state == "sent":
            values["finished_at"] = now
        if TaskKind.COPY in kinds:
            values["copied"] = "pending"

        def put(conn: Connection) -> int:
            this = submissions.c.queue_id == stored.queue_id
            id_ = int(conn.execute(sa.select(submissions.c.id).where(this)).scalar_one())
            conn.execute(sa.update(submissions).where(this).values({**values, **columns}))
            for place, each in enumerate(states.values()):
                which = (submission_recipients.c.submission == id_, submission_recipients.c.place == place)
                conn.execute(sa.update(submission_recipients).where(*which).values(state=each))
            task_store.add(conn, id_, kinds, now)
            return id_

        self.numbers.append(await self.db.write(put))
        return self.numbers[-1]

    async def followed(self, id_: int) -> FollowedMessage:
        """The message as the tasks see it."""
        found = await self.db.read(lambda conn: followed_store.load(conn, id_))
        assert found is not None
        return cast(FollowedMessage, found)

    async def claimed(self, id_: int, now: int | None = None) -> FollowingTask:
        """The first due task of the account, claimed by `ME`; it must be one of this message."""
        message, moment = await self.followed(id_), now or now_ms()
        task = await self.db.write(
            lambda conn: task_store.claim(conn, ME, message.account_key, moment, lambda _: 60_000)
        )
        assert task is not None
        assert task.submission == id_
        return cast(FollowingTask, task)

    async def row(self, id_: int) -> Any:
        """The row of a message."""
        query = sa.select(submissions).where(submissions.c.id == id_)
        return await self.db.read(lambda conn: conn.execute(query).one())

    async def change(self, id_: int, **values: Any) -> None:
        """Change the row of a message."""
        query = sa.update(submissions).where(submissions.c.id == id_).values(values)
        await self.db.write(lambda conn: conn.execute(query) and None)

    async def states(self, id_: int) -> list[str]:
        """The states of a message's recipients."""
        which = submission_recipients.c.submission == id_
        query = sa.select(submission_recipients.c.state).where(which).order_by(submission_recipients.c.place)
        found: list[str] = await self.db.read(lambda conn: list(conn.execute(query).scalars()))
        return found

    async def tasks(self) -> dict[tuple[int, str], Any]:
        """The rows of all tasks, by message and kind."""
        query = sa.select(submission_tasks)
        rows = await self.db.read(lambda conn: conn.execute(query).all())
        return {(row.submission, row.kind): row for row in rows}

    async def make_due(self, **values: Any) -> None:
        """Make every task due."""
        query = sa.update(submission_tasks).values({"next_at": 0, **values})

        def put(conn: Connection) -> None:
            conn.execute(query)
            wake(conn, TOPIC)

        await self.db.write(put)

    async def has_body(self, id_: int) -> bool:
        """Whether the octets of a message are stored."""
        query = sa.select(submission_bodies.c.place).where(submission_bodies.c.submission == id_)
        found: bool = await self.db.read(lambda conn: conn.execute(query).first() is not None)
        return found

    async def events(self, *names: str) -> list[tuple[str, dict[str, Any]]]:
        """The names and the data of the events with these names, in order."""
        query = sa.select(events.c.type, events.c.payload).where(events.c.type.in_(names)).order_by(events.c.seq)
        rows = await self.db.read(lambda conn: conn.execute(query).all())
        return [(row.type, orjson.loads(row.payload)["data"]) for row in rows]

    async def id_in(self, path: str, uid: int = 1) -> str:
        """The id of a message in a folder."""
        async with self.visits.folder("a", path, TimeAllowed.after(10.0)) as folder:
            return message_id(folder.number, uid)

    @asynccontextmanager
    async def working(self, **options: Any) -> AsyncIterator[None]:
        """Run the process within the block."""
        made = Afterwards(**{"db": self.db, "box": BOX, "visits": self.visits, "node_id": "node"} | options)
        task = asyncio.create_task(made.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def until_done(self, left: Collection[tuple[int, str]] = ()) -> None:
        """Run the process until no task is left but these."""
        async with self.working():
            await self.until_left(left)

    async def until_left(self, left: Collection[tuple[int, str]] = ()) -> None:
        """Wait until no task is left but these."""
        seen: set[tuple[int, str]] = set()

        async def look() -> None:
            while True:
                seen.clear()
                seen.update(await self.tasks())
                if seen == set(left):
                    return
                await asyncio.sleep(0.01)

        watch = asyncio.create_task(look())
        try:
            await eventually(watch.done, what=lambda: seen)
        finally:
            watch.cancel()


async def tried(house: FollowedHouse, id_: int, now: int | None = None) -> TaskOutcome:
    """Claim the first due task of the account, which must be one of this message, and try it."""
    clock = now_ms if now is None else lambda: now
    sent_mail, changes = SentMail(house.visits), MailChanges(house.visits)
    chores = Chores(sent_mail, changes, Bodies(house.db, BOX), lambda: 0.5, clock)
    task = await house.claimed(id_)
    return await chores.do(task, await house.followed(id_))


def letter(number: int) -> bytes:
    """The octets of a message."""
    return f"Message-ID: <{number}@x>\r\nFrom: a@x\r\nTo: b@x\r\nSubject: Hi\r\n\r\nh\u00e4\r\n".encode()


@pytest.fixture
async def house(visits: MailVisits) -> FollowedHouse:
    """Its folders are known, as after their first list."""
    rows: list[folders.FolderListed] = [
        {"path": path, "delimiter": "/", "attributes": [], "special_use": role, "object_id": None}
        for path, role in ROLES.items()
    ]
    await visits.db.write(lambda conn: folders.insert(conn, account_row(conn, "a").key, rows))
    return FollowedHouse(visits)
