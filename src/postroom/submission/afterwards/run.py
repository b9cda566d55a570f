"""Runs what follows sent messages: claims due tasks and works on those of several accounts at once."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from postroom.clock import now_ms
from postroom.errors import StorageFailed
from postroom.log import about
from postroom.loops import run_loop, run_once
from postroom.mailboxes.changing.service import MailChanges
from postroom.mailboxes.sent_mail.service import SentMail
from postroom.mailboxes.visiting import MailVisits
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from postroom.submission.afterwards import followed_store, task_store
from postroom.submission.afterwards.chores import Chores
from postroom.submission.afterwards.model import FollowedMessage, FollowingTask, TaskOutcome
from postroom.submission.afterwards.patience import SPARE, allowed_for
from postroom.submission.afterwards.settling import settle
from postroom.submission.bodies import Bodies
from postroom.submission.model import TOPIC

__all__ = ["AT_ONCE", "Afterwards"]

POLL: Final = 5.0
AT_ONCE: Final = 8
"""Accounts whose tasks a process works on at once, one task for each."""

_IN_A_ROW: Final = 20
"""Tasks of one account before another one gets its place."""

_GATHER: Final = 0.1
"""Seconds in which hints are gathered: every message that is accepted or sent makes one."""

_DONE: Final = "done"
_NAME: Final = "after sending"


class Afterwards:
    """What follows the sent messages of one database, in one process."""

    def __init__(
        self,
        *,
        db: Database,
        box: SecretBox,
        visits: MailVisits,
        node_id: str,
        clock: Callable[[], int] = now_ms,
        roll: Callable[[], float] = random.random,
        at_once: int = AT_ONCE,
    ) -> None:
        self._db = db
        self._clock = clock
        self._at_once = at_once
        # A restarted process has the same node id and must not take the claims of its predecessor for its own.
        self._me = f"{node_id}/{secrets.token_hex(4)}"
        self._chores = Chores(SentMail(visits), MailChanges(visits), Bodies(db, box), roll, clock)
        self._waiter = db.wakeups.subscribe(TOPIC)
        self._busy: set[int] = set()
        self._has_begun = False

    async def run(self) -> None:
        """Work until cancelled; then give back the tasks that are not done."""
        try:
            async with asyncio.TaskGroup() as workers:
                await run_loop(_NAME, partial(self._look, workers), self._waiter, POLL)
        finally:
            self._db.wakeups.unsubscribe(TOPIC, self._waiter)
            with suppress(StorageFailed):
                await self._db.write(lambda conn: task_store.release(conn, self._me, self._clock()))

    async def _look(self, workers: asyncio.TaskGroup, hints: set[str]) -> float | None:
        """Start to work on accounts with due tasks; return the seconds until the next task is due."""
        if hints and _DONE not in hints:
            await asyncio.sleep(_GATHER)
        if not self._has_begun:
            await self._begin()
        room = self._at_once - len(self._busy)
        if room <= 0:
            return None
        now, busy = self._clock(), frozenset(self._busy)
        keys, due = await self._db.read(
            lambda conn: (task_store.due_accounts(conn, now, busy, room), task_store.next_due(conn, now))
        )
        if keys:
            for task in await self._db.write(partial(self._claim_first, keys=keys)):
                self._busy.add(task.account_key)
                workers.create_task(self._work(task), name=f"{_NAME} {task.account}")
        return None if due is None else (due - now) / 1000

    async def _begin(self) -> None:
        if self._db.dialect == "sqlite":
            # One process owns the file, so every claimed task was claimed by a process that is gone.
            await self._db.write(lambda conn: task_store.free_all(conn, self._clock()))
        self._has_begun = True

    def _claim_first(self, conn: Connection, *, keys: list[int]) -> list[FollowingTask]:
        found = [self._claim(conn, key) for key in keys]
        return [task for task in found if task is not None]

    def _claim(self, conn: Connection, account_key: int) -> FollowingTask | None:
        return task_store.claim(conn, self._me, account_key, self._clock(), _lease)

    async def _work(self, task: FollowingTask) -> None:
        """Work on one task of an account after the other."""
        try:
            with about(account=task.account):
                await run_once(_NAME, partial(self._in_turn, task))
        finally:
            self._busy.discard(task.account_key)
            self._waiter.hint(_DONE)

    async def _in_turn(self, task: FollowingTask) -> None:
        following: FollowingTask | None = task
        for left in range(_IN_A_ROW - 1, -1, -1):
            if following is None:
                return
            following = await self._one(following, claims_next=left > 0)

    async def _one(self, task: FollowingTask, *, claims_next: bool) -> FollowingTask | None:
        """Try a task, store what came of it, and return the next task of the account if there is one."""
        message = await self._db.read(lambda conn: followed_store.load(conn, task.submission))
        if message is None:
            return None
        with about(queue_id=message.queue_id):
            found = await self._chores.do(task, message)
        return await self._db.write(partial(self._settle, message=message, task=task, found=found, goes_on=claims_next))

    def _settle(
        self, conn: Connection, *, message: FollowedMessage, task: FollowingTask, found: TaskOutcome, goes_on: bool
    ) -> FollowingTask | None:
        settle(conn, self._me, message, task, found, self._clock())
        return self._claim(conn, task.account_key) if goes_on else None


def _lease(size: int) -> int:
    return allowed_for(size) + SPARE
