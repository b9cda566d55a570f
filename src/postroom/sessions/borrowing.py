"""From the id of an account to a session that is lent for commands."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import field
from functools import partial
from typing import Final

from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountRow, NotConnected
from postroom.accounts.service import TOPIC, Accounts
from postroom.accounts.settings.values import AccountSettings
from postroom.connections.clients.imap_client import ImapClient
from postroom.connections.hosts.checked_host import one_spelling
from postroom.credentials.logins import imap_host
from postroom.footprint.dataclass import dataclass
from postroom.loops import run_loop
from postroom.sessions.places import Places, Wish, places_of_account
from postroom.sessions.pool import Pool
from postroom.sessions.purpose import PATIENCE
from postroom.sessions.quirks import quirks_for
from postroom.sessions.staying import Stay
from postroom.sessions.stored import StoredAccount, find_rows, load

__all__ = ["LENDING", "Borrowing", "Lent"]

LENDING: Final = frozenset({State.CONNECTING, State.SYNCING, State.CONNECTED})
"""States in which an account lends sessions: its credentials are not known to be bad, and its server not to be down."""

POLL: Final = 5.0


@dataclass(frozen=True, slots=True)
class Lent:
    """A lent session, with the account's row and settings as they were when it was lent.

    `gives_way` says whether another borrower waits for it. True is a promise: the session has to go back soon, and no
    other one is asked to make room for the same borrower.
    """

    client: ImapClient
    row: AccountRow
    settings: AccountSettings
    gives_way: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Borrowing:
    """Lends sessions of stored accounts on this node, even if another node runs the account."""

    accounts: Accounts
    pool: Pool
    # How many sessions of an account, by the key of its row, will soon go back because others wait.
    promised: Counter[int] = field(default_factory=Counter, init=False)

    @asynccontextmanager
    async def borrow(self, account: str, *, patience: float = PATIENCE) -> AsyncIterator[ImapClient]:
        """As `lend`, for callers that need the session alone."""
        async with self.lend(account, patience=patience) as lent:
            yield lent.client

    @asynccontextmanager
    async def lend(self, account: str, *, patience: float = PATIENCE, stay: Stay | None = None) -> AsyncIterator[Lent]:
        """Lend an authenticated IMAP session of an account for the block, never one that the account watches on.

        No folder is selected, unless `stay` tells of one that the previous borrower left open. A refused command does
        not harm the session. A command that is cancelled or fails on the wire ends the session, and so does a change of
        the account. `patience` are the seconds to wait for a place and for a turn to sign in.

        Raises AccountNotFound, SessionFailed (including NoPlace), StorageFailed, and NotConnected for an account that
        lends no session now: it is paused, has no IMAP, or is in trouble.
        """
        stored = await load(self.accounts, account)
        row, settings = stored.row, stored.settings
        if not settings.wants_imap:
            raise NotConnected(State.UNSET)
        if row.state not in LENDING or row.wanted == "stopped":
            raise NotConnected(State.DISCONNECTED if row.wanted == "stopped" else row.state)
        self.pool.dismiss(account, row.key, row.revision)
        who = stored.principal(self.pool.sessions, self.accounts)
        async with self.pool.lend(_wish(stored), who, patience, stay) as client:
            promise = _Promise(self.pool.places, row.key, self.promised)
            try:
                yield Lent(client, row, settings, promise.give)
            finally:
                promise.end()

    async def run(self) -> None:
        """Close idle sessions, and sessions of settings that changed, until cancelled. Then close all."""
        wakeups = self.accounts.db.wakeups
        waiter = wakeups.subscribe(TOPIC)
        try:
            await run_loop("lent sessions", self._tend, waiter, POLL)
        finally:
            wakeups.unsubscribe(TOPIC, waiter)
            await self.pool.close()

    async def _tend(self, hinted: set[str]) -> float | None:
        known = self.pool.places.accounts
        looked_at = [account for account in known if not hinted or account in hinted]
        if looked_at:
            rows = await self.accounts.db.read(partial(find_rows, accounts=looked_at))
            for account, row in zip(looked_at, rows, strict=True):
                held = row is None or row.wanted == "stopped"
                self.pool.dismiss(account, None if held or row is None else row.key, row.revision if row else 0)
        return await self.pool.close_idle()


@dataclass(slots=True)
class _Promise:
    """Of one lent session: that it goes back soon, because another borrower waits."""

    places: Places
    key: int
    promised: Counter[int]
    is_given: bool = False

    def give(self) -> bool:
        """Give it if there is a borrower that nobody has given one for; return whether it is given."""
        if not self.is_given and self.places.waiting(self.key) > self.promised[self.key]:
            self.promised[self.key] += 1
            self.is_given = True
        return self.is_given

    def end(self) -> None:
        """The session goes back."""
        if self.is_given:
            self.promised[self.key] -= 1
            if not self.promised[self.key]:
                del self.promised[self.key]


def _wish(stored: StoredAccount) -> Wish:
    row, host = stored.row, one_spelling(imap_host(stored.settings))
    quirks = quirks_for(host)
    watching = 1 + len(stored.settings.subconnections or ())
    at_account = places_of_account(quirks.account_connections, watching)
    return Wish(row.key, row.account, row.revision, host, at_account, quirks.lent_at_host)
