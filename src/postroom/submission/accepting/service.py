"""Accepts messages for sending: once for each idempotency key, in one transaction with the answer."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

from postroom.accounts.model import AccountNotFound
from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.errors import OutcomeUnknown, StorageFailed, StorageUnavailable
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database
from postroom.storage.outage import repeatable
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.submission.accepting import key_store, submission_store
from postroom.submission.accepting.key_store import LEASE_MS, KeyHold
from postroom.submission.accepting.model import (
    AnswerGiven,
    ComposedRequest,
    IdempotencyKeyReused,
    JsonObject,
    RequestInFlight,
    Submitted,
    ToSubmit,
)
from postroom.submission.accepting.sealed_rows import sealed
from postroom.submission.accepting.submission_store import NewSubmission
from postroom.tasks import together

__all__ = ["Accepting", "AnswerGiven", "ComposedRequest", "Submitted", "ToSubmit"]

KEEP_ANSWERS_MS: Final = 48 * 3_600_000
RENEW_EVERY: Final = 5.0
WAITS_FOR_FIRST: Final = 2.0
"""Seconds that a repeated request waits for the answer of the first one."""

_LOOK_EVERY: Final = 0.1
_QUEUE_ID_RANDOM: Final = 4
_HOLDER_RANDOM: Final = 12
_PAUSES_AFTER_UNKNOWN: Final = (0.1, 0.5, 1.0)

T = TypeVar("T")
Work = Callable[[], Awaitable[ComposedRequest]]


@dataclass(frozen=True, slots=True)
class _FirstAnswer:
    """The answer that the first request with a key got."""

    answer: JsonObject


class Accepting:
    """Stores the messages that callers submit. `random` returns so many random bytes."""

    def __init__(
        self,
        *,
        db: Database,
        box: SecretBox,
        runtime: RuntimeSettings,
        clock: Callable[[], int] = now_ms,
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._db = db
        self._box = box
        self._runtime = runtime
        self._clock = clock
        self._random = random

    async def once(self, account: str, key: str | None, fingerprint: str, work: Work) -> AnswerGiven:
        """Store the message that `work` composes, and return its answer; with a key, only for its first request.

        `fingerprint` is a hash of the request. A repeated request gets the first answer, and `work` does not run. When
        `work` fails, nothing is stored and the key is free again. Raises AccountNotFound, IdempotencyKeyReused,
        RequestInFlight, StorageUnavailable, OutcomeUnknown, and what `work` raises.
        """
        if key is None:
            return AnswerGiven(await self._stored(await work(), None))
        found = await self._claimed(account, key, fingerprint)
        if isinstance(found, _FirstAnswer):
            return AnswerGiven(found.answer, key, is_repeated=True)
        answer: JsonObject | None = None
        try:
            answer = await self._stored(await self._while_held(found, work), found)
            return AnswerGiven(answer, key)
        finally:
            if answer is None:
                await self._release(found)

    async def accept(self, message: ToSubmit) -> Submitted:
        """Store a message. Raises AccountNotFound, StorageUnavailable, OutcomeUnknown."""
        made: list[Submitted] = []

        def answer(submitted: Submitted) -> JsonObject:
            made.append(submitted)
            return {}

        await self._stored(ComposedRequest(message, answer), None)
        return made[0]

    async def _release(self, hold: KeyHold) -> None:
        """Free the key of a request that failed. An answer that was stored all the same stays."""
        # If the database is away, the lease ends by itself.
        with suppress(StorageFailed):
            await self._db.write(partial(key_store.release, hold=hold))

    async def _claimed(self, account: str, key: str, fingerprint: str) -> KeyHold | _FirstAnswer:
        """Claim the key for this request, or return the first answer. It waits a little for that."""
        holder = self._random(_HOLDER_RANDOM).hex()
        claim = partial(self._claim, account=account, key=key, fingerprint=fingerprint, holder=holder)
        deadline = asyncio.get_running_loop().time() + WAITS_FOR_FIRST
        while (found := await repeatable(lambda: self._db.write(claim, turn=WriteTurn.AHEAD))) is None:
            if asyncio.get_running_loop().time() >= deadline:
                raise RequestInFlight
            await asyncio.sleep(_LOOK_EVERY)
        return found

    def _claim(
        self, conn: Connection, *, account: str, key: str, fingerprint: str, holder: str
    ) -> KeyHold | _FirstAnswer | None:
        """None while another request has the key."""
        now = self._clock()
        hold = KeyHold(_required(submission_store.account_key(conn, account)), key, holder)
        if key_store.claim(conn, hold, fingerprint, now, now + LEASE_MS):
            return hold
        known = key_store.find(conn, hold.account_key, key)
        if known is None:
            return None
        if known.holder == holder:
            return hold
        if known.fingerprint != fingerprint:
            raise IdempotencyKeyReused
        return _FirstAnswer(known.answer) if known.answer is not None else None

    async def _while_held(self, hold: KeyHold, work: Work) -> ComposedRequest:
        """Return the result of `work`, and renew the claim meanwhile."""
        done = asyncio.Event()

        async def working() -> ComposedRequest | None:
            try:
                return await work()
            finally:
                done.set()

        async def renewing() -> None:
            while not done.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), RENEW_EVERY)
                    return
                # Without the database the claim may end. The transaction that stores the message then finds that out.
                with suppress(StorageFailed):
                    until = self._clock() + LEASE_MS
                    await self._db.write(partial(key_store.renew, hold=hold, until=until))

        prepared, _ = await together(working(), renewing())
        assert prepared is not None
        return prepared

    async def _stored(self, prepared: ComposedRequest, hold: KeyHold | None) -> JsonObject:
        """Store a message and its answer in one transaction."""
        message, now = prepared.message, self._clock()
        queue_id = f"{now:x}{self._random(_QUEUE_ID_RANDOM).hex()}"
        submitted = Submitted(queue_id, message.message_id, max(now, message.send_at or now))
        most_attempts = message.most_attempts or (await self._runtime.get()).delivery_attempts
        new = await sealed(self._box, message, submitted, now, most_attempts)
        answer = prepared.answer(submitted)

        def work(conn: Connection) -> JsonObject:
            return self._store(conn, new, submitted, hold, answer)

        return await self._certain(lambda: self._db.write(work, turn=WriteTurn.AHEAD))

    def _store(
        self, conn: Connection, new: NewSubmission, submitted: Submitted, hold: KeyHold | None, answer: JsonObject
    ) -> JsonObject:
        account = _required(submission_store.account_key(conn, new.account))
        if hold is not None and not key_store.answer(conn, hold, answer, self._clock() + KEEP_ANSWERS_MS):
            return _own_answer(conn, hold)
        if not submission_store.insert(conn, account, new, submitted.send_at) and not submission_store.is_stored(
            conn, new
        ):
            raise StorageUnavailable("Another message has the same queue id; nothing was stored.", retry_after=1.0)
        return answer

    async def _certain(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `attempt`, a write that finds out itself whether it was done before.

        If its outcome is unknown, it is repeated. Raises StorageUnavailable when nothing was stored, and OutcomeUnknown
        when the database does not come back to tell.
        """
        try:
            return await attempt()
        except OutcomeUnknown as error:
            unknown = error
        for pause in _PAUSES_AFTER_UNKNOWN:
            await asyncio.sleep(pause)
            with suppress(StorageFailed):
                return await attempt()
        raise unknown


def _own_answer(conn: Connection, hold: KeyHold) -> JsonObject:
    """Return what this request stored at an earlier try, or raise because another request has its key now."""
    answered = key_store.answered(conn, hold)
    if answered is None:
        raise RequestInFlight
    return answered


def _required(key: int | None) -> int:
    if key is None:
        raise AccountNotFound
    return key
