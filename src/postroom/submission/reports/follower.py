"""Follows the reports that come in: fetches each from its mailbox, reads it, and stores what it says.

A report is a row from the moment at which it was seen in the event log (`reader`). Processes claim due rows, one of an
account at a time, so an account without a session holds up no other one.
"""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from postroom.clock import now_ms
from postroom.errors import PostroomError, StorageFailed
from postroom.log import about, get_logger
from postroom.loops import run_loop, run_once
from postroom.mail.reports.reading import read_report
from postroom.mailboxes.visiting import MailVisits
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.submission.copy_wishes import CopyWish, only_if_asked
from postroom.submission.model import MessageState
from postroom.submission.outbox import item_store
from postroom.submission.reports import found_store
from postroom.submission.reports.fetching import SECONDS, fetch_report, is_about_the_account, is_hopeless
from postroom.submission.reports.model import TOPIC, ClaimedReport
from postroom.submission.reports.reader import ReportReader
from postroom.submission.reports.settling import (
    ReadReport,
    UnreadReport,
    is_still_sending,
    matching_submission,
    settle_report,
)

__all__ = ["ReportFollower"]

POLL: Final = 5.0
AT_ONCE: Final = 4
"""Accounts whose reports a process reads at once."""

GIVEN_UP_AFTER: Final = 86_400_000
"""Milliseconds after which a report that cannot be fetched is announced with what messageNew told of it."""

_LEASE_MS: Final = int(SECONDS * 1000) + 30_000
_IN_A_ROW: Final = 20
_FIRST_PAUSE: Final = 5_000
_LONGEST_PAUSE: Final = 1_800_000
_WHILE_SENDING: Final = 5_000
_DONE: Final = "done"
_NAME: Final = "reports"
_log = get_logger("submission")


class ReportFollower:
    """The reports of one database, in one process.

    `wants_copy` says for an account and a plan whether a message that a report proves to be sent gets a copy in sent
    mail. `roll` returns a random number from 0 to 1.
    """

    def __init__(
        self,
        *,
        db: Database,
        visits: MailVisits,
        node_id: str,
        clock: Callable[[], int] = now_ms,
        roll: Callable[[], float] = random.random,
        wants_copy: CopyWish = only_if_asked,
    ) -> None:
        self._db = db
        self._visits = visits
        self._clock = clock
        self._roll = roll
        self._wants_copy = wants_copy
        # A restarted process has the same node id and must not take the claims of its predecessor for its own.
        self._me = f"{node_id}/{secrets.token_hex(4)}"
        self._reader = ReportReader(db, self._me, clock)
        self._waiter = db.wakeups.subscribe(TOPIC)
        self._busy: set[int] = set()
        self._has_begun = False

    async def run(self) -> None:
        """Read the log and the reports until cancelled; then give back the reports that are not done."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._reader.run(), name="report reader")
                await run_loop(_NAME, partial(self._look, group), self._waiter, POLL)
        finally:
            self._db.wakeups.unsubscribe(TOPIC, self._waiter)
            with suppress(StorageFailed):
                await self._db.write(lambda conn: found_store.release(conn, self._me, self._clock()))

    async def _look(self, workers: asyncio.TaskGroup, _hints: set[str]) -> float | None:
        """Start to read the reports of accounts that have due ones; return the seconds until the next is due."""
        if not self._has_begun:
            await self._begin()
        room = AT_ONCE - len(self._busy)
        if room <= 0:
            return None
        now, busy = self._clock(), frozenset(self._busy)
        keys, due = await self._db.read(
            lambda conn: (found_store.due_accounts(conn, now, busy, room), found_store.next_due(conn, now))
        )
        if keys:
            claimed = await self._db.write(lambda conn: [self._claim(conn, key) for key in keys])
            for report in claimed:
                if report is not None:
                    self._busy.add(report.account_key)
                    workers.create_task(self._work(report), name=f"{_NAME} {report.account}")
        return None if due is None else (due - now) / 1000

    async def _begin(self) -> None:
        if self._db.dialect == "sqlite":
            # One process owns the file, so every claimed report was claimed by a process that is gone.
            await self._db.write(lambda conn: found_store.free_all(conn, self._clock()))
        self._has_begun = True

    def _claim(self, conn: Connection, account_key: int) -> ClaimedReport | None:
        now = self._clock()
        return found_store.claim(conn, self._me, account_key, now, now + _LEASE_MS)

    async def _work(self, report: ClaimedReport) -> None:
        """Read one report of an account after the other."""
        try:
            with about(account=report.account):
                await run_once(_NAME, partial(self._in_turn, report))
        finally:
            self._busy.discard(report.account_key)
            self._waiter.hint(_DONE)

    async def _in_turn(self, report: ClaimedReport) -> None:
        following: ClaimedReport | None = report
        for _ in range(_IN_A_ROW):
            if following is None:
                return
            await self._one(following)
            following = await self._db.write(partial(self._claim, account_key=report.account_key))
        if following is not None:
            await self._one(following)

    async def _one(self, report: ClaimedReport) -> None:
        try:
            octets = await fetch_report(self._visits, report.account, report.told.message)
        except StorageFailed:
            raise
        except PostroomError as error:
            await self._failed(report, error)
            return
        await self._settle(report, read_report(octets))

    async def _failed(self, report: ClaimedReport, error: PostroomError) -> None:
        """Try again later, up to a day after the report was found; then announce what is known."""
        late = self._clock() - report.found_at >= GIVEN_UP_AFTER
        if late or is_hopeless(error):
            _log.warning("a report could not be read", account=report.account, error=error.message)
            await self._settle(report, UnreadReport())
            return
        pause = min(_FIRST_PAUSE * 2 ** min(report.attempts - 1, 20), _LONGEST_PAUSE)
        pause = int(pause * (0.8 + 0.4 * self._roll()))
        await self._postpone(report, pause, whole_account=is_about_the_account(error))

    async def _settle(self, report: ClaimedReport, read: ReadReport | None) -> None:
        wants_copy = False
        if read is not None:
            submission = await self._db.read(partial(matching_submission, report=report, read=read))
            late = self._clock() - report.found_at >= GIVEN_UP_AFTER
            if is_still_sending(submission) and not late:
                await self._postpone(report, _WHILE_SENDING, whole_account=False)
                return
            if submission is not None and submission.state is MessageState.UNKNOWN:
                plan = await self._db.read(partial(item_store.plan_of, queue_id=submission.queue_id))
                wants_copy = await self._wants_copy(report.account, plan)
        store = partial(settle_report, me=self._me, report=report, read=read, wants_copy=wants_copy)
        await self._db.write(lambda conn: store(conn, now=self._clock()))

    async def _postpone(self, report: ClaimedReport, pause: int, *, whole_account: bool) -> None:
        until = self._clock() + pause

        def work(conn: Connection) -> None:
            if found_store.is_held(conn, self._me, report):
                found_store.postpone(conn, report, until, whole_account=whole_account)

        await self._db.write(work)
