"""The lent sessions of a process: waits for a place, opens, lends, takes back and closes. `places` decides.

The pool never holds a connection that watches a mailbox; those belong to runners. A returned session is lent again only
if each of its commands was answered and its folder was closed, or may stay open for the next borrower (`staying`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from postroom.connections.clients.imap_client import ImapClient, LocalProtocolError
from postroom.connections.failures import ConnectionLost
from postroom.footprint.dataclass import dataclass
from postroom.imap.capabilities import supports
from postroom.imap.commands.select import Unselect
from postroom.imap.errors import CommandFailed
from postroom.log import get_logger
from postroom.sessions.failures import InUse, NoPlace, SessionFailed, dismissed
from postroom.sessions.opening import Sessions
from postroom.sessions.places import Loan, PlaceGrant, Places, Wish
from postroom.sessions.principal import Principal
from postroom.sessions.purpose import Purpose
from postroom.sessions.staying import Stay
from postroom.tasks import together

__all__ = ["IDLE_FOR", "Pool"]

IDLE_FOR: Final = 60.0
"""Seconds after which an idle session is closed."""

REFUSED_FOR: Final = 60.0
"""Seconds during which borrowers do not retry refused credentials, because that could lock the mailbox."""

_LEAVING_BOUND: Final = 5.0
_LOGOUT_BOUND: Final = 2.0
log = get_logger("sessions")


@dataclass(slots=True, eq=False)
class _OpenSession:
    """A session that is open, lent or idle.

    `stay` is the wish of its borrower; on an idle session, it tells of the folder that stays open. `leaving` ends when
    the folder is closed that the last borrower left.
    """

    client: ImapClient
    stay: Stay | None
    leaving: asyncio.Future[None] | None = None


class Pool:
    """Sessions for commands, each lent to one borrower after the other."""

    def __init__(self, sessions: Sessions, *, idle_for: float = IDLE_FOR) -> None:
        self.sessions = sessions
        self.places = Places()
        self._idle_for = idle_for
        self._open: dict[Loan, _OpenSession] = {}
        self._waiters: dict[Wish, asyncio.Future[Loan]] = {}
        self._refusals: dict[tuple[int, int], tuple[float, SessionFailed]] = {}
        self._is_closed = False

    @asynccontextmanager
    async def lend(
        self, wish: Wish, who: Principal, patience: float, stay: Stay | None = None
    ) -> AsyncIterator[ImapClient]:
        """Lend a session for the block. `patience` are the seconds to wait for a place and for a turn to sign in.

        No folder is selected, unless the borrower has a `stay`. Raises SessionFailed (NoPlace when no place became
        free), AccountNotFound, StorageFailed.
        """
        until = asyncio.get_running_loop().time() + patience
        loan = await self._place(wish, patience)
        try:
            if stay is None:
                self._disturb(loan)
            client = await self._client(loan, who, until, stay)
        except BaseException:
            self._end([loan])
            raise
        try:
            yield client
        except Exception:
            self._take_back(loan, client)
            raise
        except BaseException:
            # Cancelled, perhaps in the middle of a command, so the state of the session is unknown.
            self._end([loan])
            raise
        else:
            self._take_back(loan, client)
        finally:
            if stay is None:
                self._disturb(loan)

    def dismiss(self, account: str, key: int | None, revision: int = 0) -> None:
        """Close the account's sessions of another row or an older revision; all of them if `key` is None."""
        self._close(self.places.dismiss(account, key, revision))
        self._settle()

    async def close_idle(self) -> float | None:
        """Close sessions that were idle for long enough, and all idle ones if accounts need the connections.

        Returns the seconds until the next one is due, None when there is none.
        """
        now = asyncio.get_running_loop().time()
        self._refusals = {key: (end, error) for key, (end, error) in self._refusals.items() if end > now}
        due = self.places.due(now, 0.0 if self.sessions.pacing.is_full else self._idle_for)
        clients = self._taken(due)
        self._settle()
        await together(*(client.logout(_LOGOUT_BOUND) for client in clients))
        next_due = self.places.next_due(self._idle_for)
        return None if next_due is None else max(0.0, next_due - asyncio.get_running_loop().time())

    async def close(self) -> None:
        """Close every session, even lent ones, and lend no more."""
        self._is_closed = True
        for waiter in self._waiters.values():
            if not waiter.done():
                waiter.set_exception(dismissed())
        clients = self._taken(list(self._open))
        for account in self.places.accounts:
            self.places.dismiss(account, None)
        await together(*(client.logout(_LOGOUT_BOUND) for client in clients))

    # The wait for a place.

    async def _place(self, wish: Wish, patience: float) -> Loan:
        if self._is_closed:
            raise dismissed()
        waiter: asyncio.Future[Loan] = asyncio.get_running_loop().create_future()
        self._waiters[wish] = waiter
        self.places.ask(wish)
        self._settle()
        try:
            async with asyncio.timeout(patience) as clock:
                return await waiter
        except BaseException as error:
            in_use = self._in_use(wish)
            if not self.places.withdraw(wish) and waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._give_up(waiter.result())
            if isinstance(error, TimeoutError) and clock.expired():
                raise NoPlace(wish.account, wish.host, in_use, patience) from None
            raise
        finally:
            del self._waiters[wish]

    def _settle(self) -> None:
        while granted := self.places.settle():
            for grant in granted:
                self._grant(grant)

    def _grant(self, grant: PlaceGrant) -> None:
        self._close(grant.evicted)
        waiter = self._waiters[grant.wish]
        if waiter.done():
            # The borrower has just given up.
            self._put_back(grant.loan)
        else:
            waiter.set_result(grant.loan)

    def _give_up(self, loan: Loan) -> None:
        self._put_back(loan)
        self._settle()

    def _put_back(self, loan: Loan) -> None:
        if loan in self._open:
            self.places.rest(loan, asyncio.get_running_loop().time())
        else:
            self.places.end(loan)

    def _in_use(self, wish: Wish) -> InUse:
        counts = self.places.counts(wish)
        return InUse(counts.account, wish.at_account, counts.host, wish.at_host, counts.waiting)

    # A session for a place.

    async def _client(self, loan: Loan, who: Principal, until: float, stay: Stay | None) -> ImapClient:
        held = self._open.get(loan)
        if held is not None:
            if stay is not None and held.stay is not None:
                stay.take_over(held.stay)
            held.stay = stay
            if await _has_left(held):
                return held.client
            self._close([loan])
        if loan.is_over:
            raise dismissed()
        if self.sessions.pacing.is_full:
            self._close(self.places.spare())
        return await self._opened(loan, who, until, stay)

    async def _opened(self, loan: Loan, who: Principal, until: float, stay: Stay | None) -> ImapClient:
        loop, tried = asyncio.get_running_loop(), (loan.key, loan.revision)
        end, refusal = self._refusals.get(tried, (0.0, None))
        if refusal is not None and end > loop.time():
            raise SessionFailed(refusal.failure, refusal.stage, refusal.login, refusal.token_request)
        try:
            client = (await self.sessions.open(who, Purpose(max(0.0, until - loop.time())))).client
        except SessionFailed as error:
            if error.failure.kind == "authentication":
                self._refusals[tried] = (loop.time() + REFUSED_FOR, error)
            raise
        if loan.is_over:
            client.close()
            raise dismissed()
        self._open[loan] = _OpenSession(client, stay)
        client.when_ended(partial(self._ended, loan))
        return client

    # After use.

    def _take_back(self, loan: Loan, client: ImapClient) -> None:
        held = self._open.get(loan)
        if held is None or not _is_whole(client) or self.sessions.pacing.is_full:
            self._end([loan])
            return
        if not self._stays_open(held) and not _leave(held):
            self._end([loan])
            return
        client.take_news()
        self.places.rest(loan, asyncio.get_running_loop().time())
        self._settle()

    def _stays_open(self, held: _OpenSession) -> bool:
        """Whether the folder stays open on the returned session. Then a timer closes it."""
        stay, loop = held.stay, asyncio.get_running_loop()
        if stay is None or stay.is_due(held.client, loop.time()):
            held.stay = None
            return False
        stay.wait(loop.call_at(stay.until, _close_folder, held))
        return True

    def _disturb(self, used: Loan) -> None:
        """Let no folder of the account stay open: a session of it is used for anything, and servers may tell no news.

        It is called when the use begins and when it ends, so no folder is read that was opened before the end.
        """
        for loan in self.places.of_account(used.key):
            held = self._open.get(loan)
            if held is None or held.stay is None:
                continue
            if loan is used or loan.is_idle:
                _close_folder(held)
            else:
                held.stay.until = 0.0

    def _ended(self, loan: Loan) -> None:
        """Remove a session that has ended. A lent one is removed when it is returned."""
        if loan in self._open and loan.is_idle:
            self._end([loan])

    def _end(self, loans: Iterable[Loan]) -> None:
        for loan in loans:
            self.places.end(loan)
            self._close([loan])
        self._settle()

    def _close(self, loans: Iterable[Loan]) -> None:
        """Close the sessions of removed places."""
        for client in self._taken(loans):
            client.close()

    def _taken(self, loans: Iterable[Loan]) -> list[ImapClient]:
        """Forget the sessions of removed places, and return their clients."""
        taken = [self._open.pop(loan) for loan in loans if loan in self._open]
        for held in taken:
            if held.stay is not None:
                held.stay.stop()
        return [held.client for held in taken]


def _close_folder(held: _OpenSession) -> None:
    """Close the folder that stays open on a session."""
    if held.stay is None:
        return
    held.stay.stop()
    held.stay = None
    if not _leave(held):
        held.client.close()


def _leave(held: _OpenSession) -> bool:
    """Begin to close the folder that the borrower left open; return False if the session must not be reused."""
    client = held.client
    if client.selected is None:
        return True
    if not supports(client.capabilities, "UNSELECT"):
        # CLOSE would expunge messages that are marked as deleted.
        return False
    try:
        held.leaving = client.begin(Unselect())
    except (ConnectionLost, LocalProtocolError, CommandFailed):
        return False
    return True


async def _has_left(held: _OpenSession) -> bool:
    """Wait until the previous borrower's folder is closed, if it does not stay; return if the session is usable."""
    leaving, held.leaving = held.leaving, None
    if leaving is not None:
        await asyncio.wait((leaving,), timeout=_LEAVING_BOUND)
        if not leaving.done() or leaving.exception() is not None:
            return False
        held.client.take_news()
    return not held.client.closed


def _is_whole(client: ImapClient) -> bool:
    """Whether every command of a session was awaited and answered. A refusal is an answer."""
    return not (client.closed or client.interrupted or client.pending)
