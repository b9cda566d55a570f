"""The service for the outbox: lists messages, takes them back, tries them again, decides unknown outcomes, pauses."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

from postroom.accounts.model import AccountNotFound, Page
from postroom.accounts.settings.requests import is_storable
from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.events.log import append
from postroom.events.sending import MessageResolved, Posted
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.storage.wakeups import wake
from postroom.submission.accepting.submission_store import account_key, make_due
from postroom.submission.bodies import BodyGone
from postroom.submission.copy_wishes import CopyWish, only_if_asked
from postroom.submission.model import TOPIC, MessageState
from postroom.submission.outbox import change_store, item_store
from postroom.submission.outbox.decisions import Decision, cancelled, resolved_as_sent, retried
from postroom.submission.outbox.model import (
    CannotResolve,
    OutboxCounts,
    OutboxFilter,
    OutboxItem,
    SentMailSearch,
    SubmissionNotFound,
)
from postroom.submission.plan import SendingPlan

__all__ = ["Outbox"]

Resolution = Literal["sent", "retry"]

_QUEUE_ID: Final = re.compile(r"[0-9a-f]{9,64}")
_MAY_BE_SENT: Final = (MessageState.QUEUED, MessageState.UNKNOWN)
log = get_logger("submission")


@dataclass(frozen=True, slots=True)
class _Held:
    """A message that this transaction has locked."""

    item: OutboxItem
    account_key: int
    plan: SendingPlan
    wants_copy: bool


_Work = Callable[[Connection, _Held], None]


class Outbox:
    """The outbox of one installation.

    With `account`, a method sees only the messages of that account. `wants_copy` says for an account and a plan whether
    a message that a caller takes as sent gets a copy in sent mail.
    """

    def __init__(
        self,
        *,
        db: Database,
        runtime: RuntimeSettings,
        clock: Callable[[], int] = now_ms,
        wants_copy: CopyWish = only_if_asked,
    ) -> None:
        self._db = db
        self._runtime = runtime
        self._clock = clock
        self._wants_copy = wants_copy

    async def list_items(self, query: OutboxFilter) -> Page:
        """Return a page of messages, newest first."""
        if not all(is_storable(text) for text in (query.account or "", query.recipient or "")):
            return Page(0, query.page, query.page_size, [])
        look = partial(item_store.page, query=query, now=self._clock(), is_paused=await self._is_paused())
        total, items = await self._db.read(look)
        return Page(total, query.page, query.page_size, items)

    async def item(self, queue_id: str, *, account: str | None = None) -> OutboxItem:
        """Return one message. Raises SubmissionNotFound."""
        is_paused = await self._is_paused()
        return await self._db.read(lambda conn: self._found(conn, queue_id, account, is_paused=is_paused))

    async def search_of(self, queue_id: str) -> SentMailSearch | None:
        """Return the search for a message in sent mail; None when there is none, or none any more."""
        return await self._db.read(partial(item_store.search_of, queue_id=queue_id))

    async def cancel(self, queue_id: str, *, account: str | None = None) -> OutboxItem:
        """Take back a message that waits; one that was cancelled before stays so.

        A message that a server took for some recipients is then SENT, and the others do not get it. Raises
        SubmissionNotFound, CannotCancel.
        """

        def work(conn: Connection, held: _Held) -> None:
            if held.item.state is not MessageState.CANCELLED:
                self._carry_out(conn, held, cancelled(held.item))

        return await self._changed(queue_id, account, work)

    async def retry(self, queue_id: str, *, account: str | None = None) -> OutboxItem:
        """Try a message again, at once, for the recipients whom no server took it for.

        Raises SubmissionNotFound, CannotRetry, BodyGone.
        """
        return await self._changed(queue_id, account, self._retry)

    async def resolve(self, queue_id: str, as_: Resolution, *, account: str | None = None) -> OutboxItem:
        """Decide the outcome of a message for which it is unknown.

        Raises SubmissionNotFound, CannotResolve, CannotRetry, BodyGone.
        """

        def work(conn: Connection, held: _Held) -> None:
            if held.item.state is not MessageState.UNKNOWN:
                raise CannotResolve(held.item.state)
            if as_ == "retry":
                self._retry(conn, held)
            else:
                self._carry_out(conn, held, resolved_as_sent(held.item), resolved="sent")

        return await self._changed(queue_id, account, work)

    async def pause(self, account: str, *, is_paused: bool) -> None:
        """Pause or resume sending of an account. Raises AccountNotFound."""

        def work(conn: Connection) -> None:
            key = account_key(conn, account)
            if key is None:
                raise AccountNotFound
            change_store.pause(conn, key, is_paused=is_paused)
            wake(conn, TOPIC, account)

        await self._db.write(work, turn=WriteTurn.AHEAD)
        log.info("sending paused" if is_paused else "sending resumed", account=account)

    async def pause_all(self, *, is_paused: bool) -> None:
        """Pause or resume sending of all accounts."""
        await self._runtime.update({"sendingPaused": is_paused or None})
        await self._db.write(lambda conn: wake(conn, TOPIC))
        log.info("all sending paused" if is_paused else "all sending resumed")

    async def counts(self) -> OutboxCounts:
        """Return how many messages are under way."""
        look = partial(item_store.counts, now=self._clock(), is_paused=await self._is_paused())
        return await self._db.read(look)

    async def _is_paused(self) -> bool:
        return (await self._runtime.get()).sending_paused

    def _found(self, conn: Connection, queue_id: str, account: str | None, *, is_paused: bool) -> OutboxItem:
        found = None
        if _QUEUE_ID.fullmatch(queue_id):
            found = item_store.find(conn, queue_id, self._clock(), is_paused=is_paused)
        if found is None or account not in (None, found.account):
            raise SubmissionNotFound
        return found

    async def _changed(self, queue_id: str, account: str | None, work: _Work) -> OutboxItem:
        """Run `work` on a message that nobody else changes meanwhile; return the message as it is then."""
        is_paused = await self._is_paused()
        look = partial(self._found, queue_id=queue_id, account=account, is_paused=is_paused)
        before, plan = await self._db.read(lambda conn: (look(conn), item_store.plan_of(conn, queue_id)))
        wants_copy = before.state in _MAY_BE_SENT and await self._wants_copy(before.account, plan)

        def change(conn: Connection) -> OutboxItem:
            key = item_store.hold(conn, queue_id)
            if key is None:
                raise SubmissionNotFound
            work(conn, _Held(look(conn), key, plan, wants_copy))
            return look(conn)

        return await self._db.write(change, turn=WriteTurn.AHEAD)

    def _retry(self, conn: Connection, held: _Held) -> None:
        decision = retried(held.item)
        if not held.item.has_body:
            raise BodyGone
        self._carry_out(conn, held, decision, resolved="retry" if held.item.state is MessageState.UNKNOWN else None)

    def _carry_out(
        self, conn: Connection, held: _Held, decision: Decision, *, resolved: Resolution | None = None
    ) -> None:
        item, now = held.item, self._clock()
        # The row is locked, so its state is still the one that was read.
        change_store.change(conn, item.id, item.state, decision, now)
        if decision.state is MessageState.SENT:
            copies = held.wants_copy and item.copied is None and item.has_body
            for kind in held.plan.what_follows(copies=copies):
                change_store.add_task(conn, item.id, kind, now)
        if decision.state is MessageState.QUEUED:
            make_due(conn, held.account_key, now)
        if resolved is not None:
            posted = Posted(item.queue_id, item.sent_as or item.message_id, item.sender, decision.addresses)
            append(conn, held.account_key, item.account, [MessageResolved(posted, resolved, "caller")], now)
        wake(conn, TOPIC, item.account)
