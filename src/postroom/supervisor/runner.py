"""Runs one account: connects, signs in, syncs and watches; after a failure it waits and begins again.

The runner is the only writer of its account's state. It ends when its lease is lost, when nothing can be done until
somebody acts, or when the supervisor cancels it because the account has a new revision.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from typing import Any

from postroom.accounts.journal import LeaseLost, record
from postroom.accounts.known.last_error import internal_failure, last_error_of
from postroom.accounts.lifecycle import NOTHING_TO_DO, State, Trigger
from postroom.accounts.model import AccountNotFound, Report, StoredStanding
from postroom.accounts.settings.values import AccountSettings
from postroom.configuration.keys import Snapshot
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.failures import ABUSE, Failure, judge
from postroom.credentials.token_life import expiry
from postroom.errors import StorageFailed
from postroom.events.rides import Rides
from postroom.figures import Figures
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.sessions.failures import SessionFailed
from postroom.sessions.opening import Sessions, treatment
from postroom.sessions.purpose import Line, Purpose
from postroom.sessions.quirks import Quirks
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.outage import outlast
from postroom.storage.turns import WriteTurn
from postroom.supervisor import store
from postroom.supervisor.backoff import RetryPlan, Row
from postroom.supervisor.reports import change_logged, server_told
from postroom.supervisor.store import Assignment
from postroom.sync.account.engine import Surroundings, SyncEngine
from postroom.sync.store import wipe
from postroom.sync.watching.extra_connections import Extras, OpenClient, beside
from postroom.sync.watching.watch import Requests, own_pace, watch

log = get_logger("runner")

SIGN_OUT_BOUND = 2.0
AFTER_A_FAULT = 60.0
# Clocks differ, and a server may end a session a little before its token expires.
_TOKEN_END_MS = 5000
_SIGN_INS = {Trigger.SIGNED_IN: "success", Trigger.REFUSED: "refused", Trigger.FAILED: "failed"}
_ON_THE_WAY = (State.CONNECTING, State.SYNCING)
_LIVE = (State.SYNCING, State.CONNECTED)


@dataclass(frozen=True, slots=True)
class Workshop:
    """The services that all runners of this process share."""

    db: Database
    settings: Settings
    runtime: RuntimeSettings
    sessions: Sessions
    retry: RetryPlan
    unseal: Callable[[str, AccountSettings, str | None], AccountSettings]
    clock: Callable[[], int]
    figures: Figures
    rides: Rides = field(default_factory=Rides)
    around: Surroundings = field(init=False, repr=False)
    """One object for the sync of all accounts."""

    def __post_init__(self) -> None:
        async def read_settings() -> Snapshot:
            fresh = self.runtime.fresh()
            return await outlast(self.db, self.runtime.get) if fresh is None else fresh

        timed = self.figures.time_sync
        around = Surroundings(self.db, self.settings, read_settings, self.clock, timed, self.rides)
        object.__setattr__(self, "around", around)


class Runner:
    """Runs one account under one lease."""

    __slots__ = (
        "_client",
        "_given",
        "_known",
        "_refusals",
        "_refused_since",
        "_row",
        "_shop",
        "_state",
        "_uptime_began",
        "_who",
        "in_step_at",
        "lease",
        "requests",
    )

    def __init__(self, shop: Workshop, given: Assignment) -> None:
        self.lease = given.lease
        self.requests = Requests()
        # When the connection last proved that the account is in sync (milliseconds since 1970). The supervisor
        # stores it.
        self.in_step_at: int | None = None
        self._shop = shop
        # None once it was read: an account that is connected for months has no use for it.
        self._given: Assignment | None = given
        unseal = partial(shop.unseal, given.lease.account, given.settings, given.sealed)
        self._who = shop.sessions.account(given.lease.account, given.settings, unseal)
        self._client: ImapClient | None = None
        self._state = given.standing.facts.state
        # What this runner has stored last. None: it is read with the next report.
        self._known: StoredStanding | None = None
        self._row = Row()
        self._refusals = 0
        self._refused_since: int | None = None
        self._uptime_began: float | None = None

    async def run(self, *, resumed: bool) -> None:
        """Run until there is nothing more to do; called once. `resumed` continues a wait after refused credentials.

        It raises no failure. The supervisor restarts a runner that ended early, so after an unexpected error it pauses
        before it ends. Otherwise both would loop without a pause.
        """
        try:
            try:
                if await self._begin(resumed=resumed):
                    while await self._live_once():
                        pass
            finally:
                await self._sign_out()
        except LeaseLost:
            log.info("lease lost: the account was changed, deleted or taken over", account=self.lease.account)
        except StorageFailed as error:
            log.warning("database unavailable", account=self.lease.account, error=error.message)
        except Exception:
            log.exception("runner failed", account=self.lease.account, pause=AFTER_A_FAULT)
            await asyncio.sleep(AFTER_A_FAULT)

    async def _begin(self, *, resumed: bool) -> bool:
        """Do what was given, before the first connection. Return False when there is nothing more to do."""
        given, self._given = self._given, None
        assert given is not None, "a runner runs once"
        # No earlier runner can still be writing after a claim, because it has another epoch.
        self._known = given.standing if resumed else None
        if given.flush_pending:
            await self._flush()
        if given.wanted == "stopped":
            await self._rest(Trigger.STOPPED, "disconnected on request")
            return False
        if resumed:
            await self._finish_waiting(given)
        return True

    async def _live_once(self) -> bool:
        """Run one connection and the wait after it. Return False when there is nothing more to do."""
        delay: float | None
        try:
            delay = await self._attempt()
        except StorageFailed as error:
            # It is unknown whether the write happened. The next sync finds again what was not stored. The next attempt
            # begins with a report, so it waits for the database before it connects to the mail server.
            log.warning("database unavailable", account=self.lease.account, error=error.message)
            delay = error.retry_after or 1.0
        await self._sign_out()
        if delay is None:
            return False
        await asyncio.sleep(delay)
        return True

    async def _attempt(self) -> float | None:
        """Run one connection. Return the seconds until the next one, None to stop."""
        if not self._who.settings.wants_imap:
            await self._rest(Trigger.NOTHING_TO_DO, NOTHING_TO_DO)
            return None
        try:
            await self._report(Report(Trigger.ATTEMPT, self._now(), "connecting", failures=self._fresh_failures()))
            await self._connection()
        except (LeaseLost, StorageFailed):
            raise
        except AccountNotFound:
            raise LeaseLost from None
        except SessionFailed as error:
            return await self._fail(error.failure, error.token_request)
        except Exception as error:
            failure = judge(error, "sync" if self._state in _LIVE else "login")
            if failure.code == "EINTERNAL":
                log.exception("runner failed", account=self.lease.account)
                failure = internal_failure(failure.phase)
            return await self._fail(failure)
        return 0.0

    async def _connection(self) -> None:
        """Open, sync and watch. It ends only with an error."""
        engine, client, quirks = await self._synced()
        settings = own_pace(self._shop.settings, self._who.settings.imap)
        await beside(
            watch(client, engine, settings, self.requests, self._settle, quirks, self._prove),
            Extras(engine.ledger, settings, self.requests, quirks, self._ways_in()),
            engine.for_extra_connections(),
        )

    async def _synced(self) -> tuple[SyncEngine, ImapClient, Quirks]:
        """Open a connection and do its first sync. What only these need ends with them, and not with the connection."""
        shop = self._shop
        line = Line(self._queue, self._go_on)
        opened = await shop.sessions.open(self._who, Purpose(line=line))
        login, client = opened.login, opened.client
        self._client = client
        self._uptime_began = asyncio.get_running_loop().time()
        told = server_told(client.introduction, client.security.version)
        user = login.credentials.user
        await self._report(Report(Trigger.SIGNED_IN, self._now(), "signed in", user=user, connections=1, server=told))
        quirks = treatment(client, login.endpoint.host)
        engine = SyncEngine(shop.around, self.lease, client, self._who.settings, quirks)
        progress = await engine.begin()
        now = self._now()
        await self._report(Report(Trigger.SYNCED, now, "synchronized", sync_time=now, sync=progress))
        self._refusals, self._refused_since = 0, None
        return engine, client, quirks

    def _ways_in(self) -> OpenClient:
        """Return the function that opens extra sessions. Their token failures do not affect the first session."""
        who = self._who.beside()

        async def open_another() -> ImapClient:
            return (await self._shop.sessions.open(who)).client

        return open_another

    async def _queue(self, why: str) -> None:
        await self._report(Report(Trigger.QUEUED, self._now(), why))

    async def _go_on(self) -> None:
        if self._state is State.INIT:
            await self._report(Report(Trigger.ATTEMPT, self._now(), "connecting"))

    async def _fail(self, failure: Failure, request: Mapping[str, object] | None = None) -> float | None:
        """Report a failure, and the token request that failed. Return the seconds to wait, None to stop."""
        # After a sign-in the credentials are known to be good, whatever a later answer of the server says.
        if failure.kind == "authentication" and self._state is State.CONNECTING:
            return await self._refused(failure, request)
        if self._was_stable() or self._token_ended():
            self._row.drops = 0
        delay = self._row.delay(self._shop.retry, random.random(), abuse=failure.code == ABUSE)  # noqa: S311
        delay = max(delay, failure.retry_after or 0.0)
        trigger = Trigger.DROPPED if self._state is State.CONNECTED else Trigger.FAILED
        await self._report_failure(trigger, failure, delay, request=request)
        return delay

    async def _refused(self, failure: Failure, request: Mapping[str, object] | None) -> float | None:
        now = self._now()
        self._refusals += 1
        self._refused_since = self._refused_since or now
        days = (now - self._refused_since) / 86_400_000
        if days * 86_400 >= self._shop.settings.auth_give_up_after:
            await self._report_failure(Trigger.REFUSED, failure, None, given_up_after=days, request=request)
            return None
        delay = self._shop.retry.after_refusal(self._refusals, random.random())  # noqa: S311
        await self._report_failure(Trigger.REFUSED, failure, max(delay, failure.retry_after or 0.0), request=request)
        return delay

    async def _report_failure(
        self,
        trigger: Trigger,
        failure: Failure,
        delay: float | None,
        *,
        given_up_after: float | None = None,
        request: Mapping[str, object] | None = None,
    ) -> None:
        now = self._now()
        await self._report(
            Report(
                trigger,
                now,
                f"{failure.phase}: {failure.response or failure.code}",
                error=last_error_of(failure, now, given_up_after, request),
                fingerprint=failure.fingerprint,
                next_attempt=None if delay is None else now + int(delay * 1000),
                connections=0,
                parks=delay is None,
            )
        )

    async def _report(self, report: Report) -> None:
        keep = self._shop.settings.timeline_length
        # Until the write has succeeded, it is unknown what is stored.
        known, self._known = self._known, None
        work = partial(record, lease=self.lease, report=report, keep=keep, known=known)
        db = self._shop.db
        self._known = await outlast(db, lambda: db.write(work, turn=WriteTurn.PATIENT))
        self._moved(self._known.facts.state, report)
        if report.trigger in _SIGN_INS:
            self._shop.figures.count_sign_in(_SIGN_INS[report.trigger])

    async def _rest(self, trigger: Trigger, cause: str) -> None:
        await self._report(Report(trigger, self._now(), cause, connections=0, parks=True))

    async def _flush(self) -> None:
        report = Report(Trigger.FLUSH, self._now(), "flush requested", flushed=True)
        self._known = None

        def work(conn: Any) -> None:
            record(conn, self.lease, report)
            wipe(conn, self.lease.key)

        await self._shop.db.write(work)
        self._moved(State.PAUSED, report)

    def _moved(self, state: State, report: Report) -> None:
        """Keep the state that is stored now, and log it if it has changed: steps on the way to a state as debug."""
        before, self._state = self._state, state
        tell = log.debug if state in _ON_THE_WAY else log.info
        if state is not before:
            tell("account is " + state.value, account=self.lease.account, **change_logged(before, report))

    async def _finish_waiting(self, given: Assignment) -> None:
        """After a restart, wait before refused credentials are tried again: frequent attempts lock mailboxes."""
        before = given.standing.facts
        if before.state is not State.AUTHENTICATION_ERROR:
            return
        self._refusals, self._refused_since = before.failures, given.standing.error_since
        if given.next_attempt is not None:
            await asyncio.sleep(max(0.0, (given.next_attempt - self._now()) / 1000))

    def _now(self) -> int:
        return self._shop.clock()

    def _prove(self) -> None:
        self.in_step_at = self._now()

    async def _settle(self) -> None:
        """Reset the failure counts, because the connection is stable."""
        self._row, self._refusals, self._known = Row(), 0, None
        db = self._shop.db
        await outlast(db, lambda: db.write(partial(store.settle, lease=self.lease)))

    def _fresh_failures(self) -> int | None:
        """Return 0 before the first attempt, which resets stored failures; later attempts keep their count."""
        return None if self._row.drops or self._row.abuses or self._refusals else 0

    def _token_ended(self) -> bool:
        """Say whether the connection ended as its access token expired. Some servers do that, so no backoff is due."""
        oauth2 = self._who.settings.oauth2
        is_live = oauth2 is not None and self._who.renewable and self._state in _LIVE
        until = expiry(oauth2) if oauth2 is not None and is_live else None
        return until is not None and until - self._now() <= _TOKEN_END_MS

    def _was_stable(self) -> bool:
        began = self._uptime_began
        self._uptime_began = None
        lived = 0.0 if began is None else asyncio.get_running_loop().time() - began
        return began is not None and lived >= self._shop.settings.stable_after

    async def _sign_out(self) -> None:
        """End the connection in whatever state it is. A refused command may have left it open."""
        client, self._client = self._client, None
        self.in_step_at = None
        if client is not None:
            await client.logout(SIGN_OUT_BOUND)
