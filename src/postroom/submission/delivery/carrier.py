"""Works on one lane: a connection, and message after message over it, each marked before it may be written.

While a message is under way, the result of the one before is stored and the next is marked. Whatever ends the work, the
ledger learns of each marked message what became of it: a result, or that it was not begun.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import field
from typing import Final

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.clock import now_ms
from postroom.errors import StorageFailed
from postroom.figures import Figures
from postroom.footprint.dataclass import dataclass
from postroom.log import about, get_logger
from postroom.sessions.failures import SessionFailed
from postroom.sessions.stored import StoredAccount, load
from postroom.storage.sealing.secrets import SecretUnreadable
from postroom.submission.bodies import BodyGone
from postroom.submission.copy_rule import copies
from postroom.submission.delivery.lane_work import HeldLane, LaneWork
from postroom.submission.delivery.ledger import Ledger
from postroom.submission.delivery.parcels import Parcels, Reading
from postroom.submission.delivery.rules.budgets import SendingBudget
from postroom.submission.delivery.rules.posting import AttemptResult, Mark, Moment, Pause, Posting
from postroom.submission.delivery.rules.results import concluded, failed, lost, spoken, untouched
from postroom.submission.delivery.rules.retry import pause_after
from postroom.submission.delivery.rules.unreachable import NO_SMTP, Unreachable, judged, unreadable
from postroom.submission.model import MessageState
from postroom.submission.transmission.connections import NoSmtp, SendingConnection, SendingConnections, Through
from postroom.submission.transmission.parcel import Carried
from postroom.traces import span
from postroom.words.strangers import Words

__all__ = ["Carrier", "CarrierOrders"]

FRESH_FOR: Final = 2.0
"""Seconds after which a connection is taken anew: the settings of the account may have changed."""

TURN: Final = 10.0
"""Seconds after which a lane with more messages makes room, if other lanes wait for it."""

_FAULTS_BEFORE_PAUSE: Final = 2
_INTERRUPTED: Final = Words("Postroom failed while it was sending this message. It may have been sent.")
log = get_logger("submission")


@dataclass(slots=True)
class CarrierOrders:
    """What holds for all lanes of this process. `connecting` are lanes with no message under way and nothing marked."""

    is_stopping: bool = False
    is_paused: bool = False
    others_wait: bool = False
    connecting: set[int] = field(default_factory=set)


class Carrier:
    """Carries the messages of the lanes of one process."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        connections: SendingConnections,
        parcels: Parcels,
        ledger: Ledger,
        orders: CarrierOrders,
        figures: Figures,
    ) -> None:
        self._accounts = accounts
        self._connections = connections
        self._parcels = parcels
        self._ledger = ledger
        self._orders = orders
        self._figures = figures

    async def carry(self, lane: HeldLane, postings: tuple[Posting, ...]) -> None:
        """Work on a lane until nothing of it is due, or something is in the way. The ledger then lets it go.

        A cancellation takes effect at once. A message that may have been written is then UNKNOWN.
        """
        work, unreachable = LaneWork(lane, postings), None
        ends_at = _clock() + TURN
        try:
            if work.next is None:
                await self._exchange(work)
            while unreachable is None and (posting := work.next) is not None and self._goes_on(work, ends_at):
                unreachable = await self._carry_next(work, posting, ends_at)
        finally:
            if not work.is_released:
                self._ledger.enter(work.last_entry(_moment(), unreachable))

    def _goes_on(self, work: LaneWork, ends_at: float) -> bool:
        orders = self._orders
        if work.is_over or orders.is_stopping or orders.is_paused or not work.lane.is_held(now_ms()):
            return False
        # Whoever has its turn sends at least one message.
        return not (orders.others_wait and work.has_begun and _clock() > ends_at)

    # A connection

    async def _carry_next(self, work: LaneWork, posting: Posting, ends_at: float) -> Unreachable | None:
        """Take a connection and carry messages over it for a while. Return why there is none, if that is for all."""
        try:
            way = self._parcels.way(posting)
        except SecretUnreadable as error:
            self._give_up(work, posting, unreadable(error))
            return None
        connection = await self._connected(work, way)
        if not isinstance(connection, Unreachable):
            if connection is not None:
                await self._over(connection, way, work, ends_at)
            return None
        if way == Through():
            self._pause_after_fault(work, connection)
            return connection if connection.was_tried else None
        self._give_up(work, posting, connection)
        return None

    async def _connected(self, work: LaneWork, way: Through) -> SendingConnection | Unreachable | None:
        """Return a connection, why there is none, or None when the lane must be left alone now."""
        lane, is_idle = work.lane, not work.ready
        if is_idle:
            self._orders.connecting.add(lane.key)
        try:
            return await self._connections.take(lane.account, way)
        except SessionFailed as error:
            log.info("no connection to send over", account=lane.account, code=error.code, error=error.message)
            return judged(error.failure, error.stage)
        except NoSmtp:
            return NO_SMTP
        except AccountNotFound:
            work.stop()
            return None
        except StorageFailed as error:
            log.debug("sending waits for the database", account=lane.account, error=error.message)
            work.stop()
            return None
        finally:
            self._orders.connecting.discard(lane.key)

    def _pause_after_fault(self, work: LaneWork, unreachable: Unreachable) -> None:
        lane, at = work.lane, _moment()
        lane.failures += unreachable.was_tried
        seconds = pause_after(max(lane.failures, 1), at.roll, unreachable.retry_after)
        work.stop(Pause(at.now + int(seconds * 1000), unreachable.because.message))

    def _give_up(self, work: LaneWork, posting: Posting, unreachable: Unreachable) -> None:
        """Give up this attempt of the next message alone."""
        at = _moment()
        work.give_up_next(failed(posting, unreachable.outcome, unreachable.because, at), at.now)

    # Messages over it

    async def _over(self, connection: SendingConnection, way: Through, work: LaneWork, ends_at: float) -> None:
        try:
            account = await load(self._accounts, work.lane.account)
            budget = SendingBudget(connection.limits.per_minute, connection.limits.per_day)
            fresh_until = _clock() + FRESH_FOR
            while _may_carry(connection) and _clock() < fresh_until and self._goes_on(work, ends_at):
                if (spent := work.lane.used.spent(budget, now_ms())) is not None:
                    work.stop(Pause(spent.until, spent.reason))
                    return
                if not work.ready:
                    await self._exchange(work)
                if not work.ready or self._parcels.way(work.ready[0][0]) != way:
                    return
                with about(queue_id=work.ready[0][0].queue_id):
                    await self._carry_one(connection, account, work, is_limited=budget.is_limited)
        except AccountNotFound:
            work.stop()
        except (StorageFailed, SecretUnreadable):
            # The next round finds out what it means.
            return
        finally:
            await self._connections.give_back(connection)

    async def _exchange(self, work: LaneWork) -> None:
        """Store what there is, and wait for the next marks. No message is under way."""
        if work.awaited is not None:
            work.take(await work.awaited)
        if not work.ready and not work.is_over:
            work.take(await self._ledger.enter(work.entry(_moment(), is_idle=True)))

    async def _carry_one(
        self, connection: SendingConnection, account: StoredAccount, work: LaneWork, *, is_limited: bool
    ) -> None:
        posting, mark = work.begin_next()
        if work.awaited is not None and work.awaited.done():
            work.take(work.awaited.result())
        if work.awaited is None and work.has_news:
            work.awaited = self._ledger.enter(work.entry(_moment()))
        facts = {"account": posting.account, "queue_id": posting.queue_id}
        with span("message.send", facts, kind="client", parent=posting.plan.trace) as traced:
            carried = await self._sent(connection, posting, mark, work)
            if carried is not None and carried.reply is not None:
                traced.note({"smtp.response.code": carried.reply.code})
        if carried is None:
            return
        at = _moment()
        wants_copy = copies(account.settings, connection.limits, posting.plan)
        result = concluded(posting, carried, at, copies=wants_copy)
        self._settle(work, mark, result)
        if is_limited and result.was_written:
            work.count(at.now)
        self._judge_connection(work, carried, at)
        if carried.is_interrupted:
            raise asyncio.CancelledError

    async def _sent(
        self, connection: SendingConnection, posting: Posting, mark: Mark, work: LaneWork
    ) -> Carried | None:
        """Carry a message. None when its result is in `work` already."""
        reading = Reading(self._parcels.parcel(posting, lambda: _is_held(work.lane)))
        try:
            return await connection.carry(reading.parcel)
        except (BodyGone, SecretUnreadable) as error:
            because = unreadable(error)
            self._settle(work, mark, failed(posting, because.outcome, because.because, _moment()))
        except StorageFailed as error:
            log.debug("a message waits for the database", account=posting.account, error=error.message)
            self._settle(work, mark, untouched(posting, now_ms()))
        except AccountNotFound:
            self._settle(work, mark, untouched(posting, now_ms()))
            work.stop()
        except asyncio.CancelledError:
            # Once the message may have gone, a cancellation does not come out of `carry`.
            self._settle(work, mark, untouched(posting, now_ms()))
            raise
        except BaseException:
            at = _moment()
            unsure = lost(posting, posting.next_recipients(None), _INTERRUPTED, at)
            self._settle(work, mark, unsure if reading.is_complete else untouched(posting, at.now))
            raise
        return None

    def _judge_connection(self, work: LaneWork, carried: Carried, at: Moment) -> None:
        """Pause the account when its connections break off again and again."""
        fault = carried.fault
        failure = fault.failure if fault is not None else None
        if fault is None or failure is None:
            work.lane.failures = 0
            return
        work.lane.failures += 1
        if work.lane.failures >= _FAULTS_BEFORE_PAUSE:
            seconds = pause_after(work.lane.failures - 1, at.roll, failure.retry_after)
            reason = spoken(fault.reply) if fault.reply is not None else failure.response
            work.stop(Pause(at.now + int(seconds * 1000), reason))

    def _settle(self, work: LaneWork, mark: Mark, result: AttemptResult) -> None:
        work.settle(mark, result, now_ms())
        if result == untouched(result.posting, result.next_at):
            return
        posting = result.posting
        log.debug(
            "message tried",
            account=posting.account,
            queue_id=posting.queue_id,
            attempt=result.attempts,
            state=result.state.value,
            error=result.because.message if result.because is not None else None,
        )
        self._figures.count_submission("deferred" if result.state is MessageState.QUEUED else result.state.value)
        if result.state is MessageState.SENT:
            self._figures.time_submission((now_ms() - posting.send_at) / 1000)


def _may_carry(connection: SendingConnection) -> bool:
    most = connection.most_messages
    return connection.is_whole and (most is None or connection.carried < most)


async def _is_held(lane: HeldLane) -> bool:
    return lane.is_held(now_ms())


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _moment() -> Moment:
    return Moment(now_ms(), random.random())  # noqa: S311 - spreads load, protects nothing
