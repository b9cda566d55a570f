"""The connections of this process that send: opened for an account, kept for its next message, closed in the end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Final, TypeAlias

from postroom.accounts.model import AccountRow
from postroom.accounts.service import TOPIC, Accounts
from postroom.connections.clients.smtp_client import SmtpSession
from postroom.connections.hosts.checked_host import one_spelling
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.sockets.proxies import Proxy
from postroom.credentials.logins import sends
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass
from postroom.loops import run_loop
from postroom.sessions.failures import dismissed
from postroom.sessions.opening import Opened, Sessions
from postroom.sessions.purpose import Purpose
from postroom.sessions.quirks import sending_for
from postroom.sessions.stored import StoredAccount, find_rows, load
from postroom.submission.transmission.connection import SendingConnection
from postroom.submission.transmission.keeping import Keeping, Kept
from postroom.submission.transmission.manners import Manners
from postroom.submission.transmission.times import SendingTimes
from postroom.tasks import together

__all__ = ["NOTHING_SPECIAL", "NoSmtp", "SendingConnection", "SendingConnections", "Through"]

IDLE_FOR: Final = 30.0
"""Seconds after which a connection at rest is closed."""

MOST_MESSAGES: Final = 100
"""Messages over one connection, where the server names no other number."""

_AT_HOST: Final = 20
_IN_ALL: Final = 200
_POLL: Final = 5.0


class NoSmtp(Permanent):
    """The account has no SMTP server to send by"""

    code = "SMTPUnavailable"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


@dataclass(frozen=True, slots=True)
class Through:
    """The way of one message, where it is not the account's: a proxy (URL), and the own address to connect from."""

    proxy: str | None = None
    local_address: str | None = None

    def way(self, endpoint: Endpoint) -> Endpoint:
        """Return the endpoint by this way."""
        proxy = Proxy.of(self.proxy) if self.proxy else endpoint.proxy
        return replace(endpoint, proxy=proxy, local_address=self.local_address)


NOTHING_SPECIAL: Final = Through()


_State: TypeAlias = tuple[int, int, int]
"""The row of an account, and the revision and the version of its settings."""


@dataclass(frozen=True, slots=True)
class _Owner:
    account: str
    state: _State
    is_kept: bool


class SendingConnections:
    """Takes, keeps and closes connections.

    Every one counts in the pacing of sign-ins until it is closed. `run` must run, because it closes those at rest.
    """

    def __init__(
        self,
        sessions: Sessions,
        accounts: Accounts,
        *,
        idle_for: float = IDLE_FOR,
        at_host: int = _AT_HOST,
        in_all: int = _IN_ALL,
        times: SendingTimes | None = None,
    ) -> None:
        self._sessions = sessions
        self._accounts = accounts
        self._idle_for = idle_for
        self._times = times or SendingTimes.of(sessions.timeouts)
        self._manners = Manners()
        self._resting: Keeping[SendingConnection] = Keeping(at_host, in_all)
        self._owners: dict[SendingConnection, _Owner] = {}
        self._leaving: list[SendingConnection] = []
        self._somebody_leaves = asyncio.Event()
        self._is_closed = False

    async def take(self, account: str, through: Through = NOTHING_SPECIAL) -> SendingConnection:
        """Return a connection of the account, signed in: the one at rest, or a new one. It must be given back.

        Waits for a turn to sign in without limit. Raises SessionFailed, AccountNotFound, NoSmtp, StorageFailed.
        """
        if self._is_closed:
            raise dismissed()
        stored = await load(self._accounts, account)
        owner = _Owner(account, _state(stored.row), through == NOTHING_SPECIAL)
        if owner.is_kept and (rested := self._rested(owner)) is not None:
            return rested
        if not sends(stored.settings):
            raise NoSmtp
        if self._sessions.pacing.is_full:
            for kept in self._resting.due(float("inf")):
                kept.connection.close()
        opens = partial(self._open, stored, through)
        opened = await opens()
        limits = sending_for(opened.login.endpoint.host)
        connection = SendingConnection(opened, opens, limits, self._times, self._manners)
        self._owners[connection] = owner
        return connection

    async def give_back(self, connection: SendingConnection) -> None:
        """Take a connection back, in whatever state. It stays open for the account's next message if it may."""
        owner = self._owners.pop(connection)
        if not connection.is_whole or self._is_closed:
            connection.close()
        elif not owner.is_kept or self._sessions.pacing.is_full or _has_done_enough(connection):
            self._part_from([connection])
        else:
            self._keep(connection, owner)

    async def run(self) -> None:
        """Close what has rested for long enough, or whose account has changed, until cancelled. Then close all."""
        wakeups = self._accounts.db.wakeups
        waiter = wakeups.subscribe(TOPIC)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(run_loop("sending connections", self._tend, waiter, _POLL))
                group.create_task(self._see_off())
        finally:
            wakeups.unsubscribe(TOPIC, waiter)
            await self.close()

    async def close(self) -> None:
        """Close every connection at rest, and keep none from now on."""
        self._is_closed = True
        self._part_from([each.connection for each in self._resting.due(float("inf"))])
        await self._say_goodbye()

    # Internals

    async def _open(self, stored: StoredAccount, through: Through) -> Opened[SmtpSession]:
        who = stored.principal(self._sessions, self._accounts)
        return await self._sessions.open_to_send(who, Purpose(way=through.way))

    def _rested(self, owner: _Owner) -> SendingConnection | None:
        kept = self._resting.take(owner.account)
        if kept is None:
            return None
        if not kept.connection.is_whole:
            kept.connection.close()
            return None
        if kept.made_for != owner.state:
            self._part_from([kept.connection])
            return None
        self._owners[kept.connection] = owner
        return kept.connection

    def _keep(self, connection: SendingConnection, owner: _Owner) -> None:
        now, host = asyncio.get_running_loop().time(), one_spelling(connection.host)
        kept = Kept(connection, owner.account, owner.state, host, now)
        self._part_from([each.connection for each in self._resting.put(kept)])
        connection.rest(partial(self._lost, kept))

    def _lost(self, kept: Kept[SendingConnection]) -> None:
        """The server has closed a connection at rest: its place is free."""
        if self._resting.remove(kept):
            kept.connection.close()

    async def _tend(self, hinted: set[str]) -> float | None:
        looked_at = [account for account in self._resting.accounts if not hinted or account in hinted]
        if looked_at:
            rows = await self._accounts.db.read(partial(find_rows, accounts=looked_at))
            known = {row.account: _state(row) for row in rows if row is not None and row.wanted != "stopped"}
            changed = [
                kept for kept in self._resting if kept.account in looked_at and known.get(kept.account) != kept.made_for
            ]
            self._part_from([kept.connection for kept in changed if self._resting.remove(kept)])
        now = asyncio.get_running_loop().time()
        idle_for = 0.0 if self._sessions.pacing.is_full else self._idle_for
        self._part_from([each.connection for each in self._resting.due(now - idle_for)])
        first = self._resting.first()
        return None if first is None else max(0.0, first + self._idle_for - now)

    def _part_from(self, connections: list[SendingConnection]) -> None:
        self._leaving += connections
        self._somebody_leaves.set()

    async def _see_off(self) -> None:
        while True:
            await self._somebody_leaves.wait()
            self._somebody_leaves.clear()
            await self._say_goodbye()

    async def _say_goodbye(self) -> None:
        leaving, self._leaving = self._leaving, []
        await together(*(each.leave() for each in leaving))


def _state(row: AccountRow) -> _State:
    return row.key, row.revision, row.version


def _has_done_enough(connection: SendingConnection) -> bool:
    return connection.carried >= (connection.most_messages or MOST_MESSAGES)
