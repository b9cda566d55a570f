"""Which borrower gets which session, which idle session is closed for another, and when one closes. Pure.

Each account has a few places, and each host has more. Borrowers wait in one line. The first one that can be served is
served, so one that waits for its own account does not hold up others. An idle session of the account is lent again. If
a host has no free place, its session that was idle the longest is closed for the next in line. The caller gives all
times, in seconds of one clock.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from enum import Enum
from typing import Final, TypeVar

from postroom.footprint.dataclass import dataclass

K = TypeVar("K", bound=Hashable)

__all__ = ["MOST_OF_ACCOUNT", "Counts", "Loan", "PlaceGrant", "Places", "Wish", "places_of_account"]

MOST_OF_ACCOUNT: Final = 2
"""Sessions of one account that may be lent at the same time."""

_KEPT_FREE: Final = 1
"""Connections left to the owner's other programs, if the server limits the connections of a mailbox."""


class _Phase(Enum):
    LENT = "lent"
    IDLE = "idle"
    OVER = "over"


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """A borrower in line. `key` and `revision` are those of the account's row.

    `at_account` and `at_host` are how many sessions for lending the account and the host may have open at a time.
    """

    key: int
    account: str
    revision: int
    host: str
    at_account: int
    at_host: int


@dataclass(slots=True, eq=False)
class Loan:
    """One session of the pool, from the moment at which it may be opened."""

    key: int
    account: str
    revision: int
    host: str
    idle_since: float = 0.0
    _phase: _Phase = _Phase.LENT

    @property
    def is_idle(self) -> bool:
        """Whether no borrower has it."""
        return self._phase is _Phase.IDLE

    @property
    def is_over(self) -> bool:
        """Whether it no longer holds a place."""
        return self._phase is _Phase.OVER


@dataclass(frozen=True, slots=True)
class PlaceGrant:
    """A borrower may use `loan`. The sessions `evicted` for it must be closed."""

    wish: Wish
    loan: Loan
    evicted: tuple[Loan, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """The sessions of a borrower's account, the sessions at its host, and the number of other borrowers in line."""

    account: int
    host: int
    waiting: int


def places_of_account(bears: int | None, watching: int) -> int:
    """Return how many sessions of an account may be lent, at least one.

    `bears` is the server's limit of connections per mailbox, None when it is unknown. `watching` are the account's own
    connections.
    """
    if bears is None:
        return MOST_OF_ACCOUNT
    return max(1, min(MOST_OF_ACCOUNT, bears - watching - _KEPT_FREE))


class Places:
    """The sessions of one pool, and the line of borrowers."""

    def __init__(self) -> None:
        self._line: dict[Wish, None] = {}
        self._loans: dict[Loan, None] = {}
        self._by_account: dict[int, list[Loan]] = {}
        self._by_host: dict[str, list[Loan]] = {}

    @property
    def accounts(self) -> dict[str, int]:
        """The accounts that have sessions: the id, with the key of their row."""
        return {loan.account: loan.key for loan in self._loans}

    @property
    def count(self) -> int:
        """The number of sessions."""
        return len(self._loans)

    def of_account(self, key: int) -> tuple[Loan, ...]:
        """Return the sessions of an account, lent and idle, by the key of its row."""
        return tuple(self._of(key))

    def ask(self, wish: Wish) -> None:
        """Queue a borrower. `settle` grants its wish later."""
        self._line[wish] = None

    def withdraw(self, wish: Wish) -> bool:
        """Take a borrower out of the line; return False when its wish was already granted."""
        return self._line.pop(wish, self) is not self

    def settle(self) -> list[PlaceGrant]:
        """Return the wishes that can be granted now, in the order of the line."""
        granted = []
        for wish in list(self._line):
            grant = self._granted(wish)
            if grant is not None:
                del self._line[wish]
                granted.append(grant)
        return granted

    def rest(self, loan: Loan, now: float) -> None:
        """Note that a session was returned and can be lent again."""
        loan._phase, loan.idle_since = _Phase.IDLE, now

    def end(self, loan: Loan) -> None:
        """Note that a session is closed, or was never opened. Repeated calls are harmless."""
        if loan.is_over:
            return
        loan._phase = _Phase.OVER
        del self._loans[loan]
        _take(self._by_account, loan.key, loan)
        _take(self._by_host, loan.host, loan)

    def dismiss(self, account: str, key: int | None, revision: int = 0) -> list[Loan]:
        """End and return the sessions of an account that belong to another row or to an older revision.

        `key` is None when the account may have no sessions at all.
        """
        return self._ended(
            loan
            for loan in self._loans
            if loan.account == account and (key is None or loan.key != key or loan.revision < revision)
        )

    def due(self, now: float, idle_for: float) -> list[Loan]:
        """End and return the sessions that were idle for `idle_for` seconds."""
        return self._ended(loan for loan in self._loans if loan.is_idle and loan.idle_since + idle_for <= now)

    def next_due(self, idle_for: float) -> float | None:
        """Return when the next idle session is due to end, None when there is none."""
        return min((loan.idle_since + idle_for for loan in self._loans if loan.is_idle), default=None)

    def spare(self) -> list[Loan]:
        """End and return the session that was idle the longest, if there is one."""
        return self._ended(self._longest_idle(self._loans))

    def counts(self, wish: Wish) -> Counts:
        """Return what a borrower's account and host have in use."""
        others = len(self._line) - (wish in self._line)
        return Counts(len(self._of(wish.key)), len(self._at(wish.host)), others)

    def waiting(self, key: int) -> int:
        """Return how many borrowers wait for a session of the account with this key."""
        return sum(wish.key == key for wish in self._line)

    def _granted(self, wish: Wish) -> PlaceGrant | None:
        own = self._of(wish.key)
        fitting = [each for each in own if each.is_idle and (each.revision, each.host) == (wish.revision, wish.host)]
        if fitting:
            # The one used last is lent, so that the others can reach their idle time and close.
            loan = max(fitting, key=lambda each: each.idle_since)
            loan._phase = _Phase.LENT
            return PlaceGrant(wish, loan)
        victims: list[Loan] = []
        if len(own) >= wish.at_account:
            victims = self._longest_idle(own)
            if not victims:
                return None
        here = [each for each in self._at(wish.host) if each not in victims]
        if len(here) >= wish.at_host:
            more = self._longest_idle(here)
            if not more:
                return None
            victims = [*victims, *more]
        loan = Loan(wish.key, wish.account, wish.revision, wish.host)
        evicted = tuple(self._ended(victims))
        self._loans[loan] = None
        self._by_account.setdefault(loan.key, []).append(loan)
        self._by_host.setdefault(loan.host, []).append(loan)
        return PlaceGrant(wish, loan, evicted)

    def _of(self, key: int) -> Sequence[Loan]:
        return self._by_account.get(key, ())

    def _at(self, host: str) -> Sequence[Loan]:
        return self._by_host.get(host, ())

    @staticmethod
    def _longest_idle(loans: Iterable[Loan]) -> list[Loan]:
        idle = [loan for loan in loans if loan.is_idle]
        return [min(idle, key=lambda each: each.idle_since)] if idle else []

    def _ended(self, loans: Iterable[Loan]) -> list[Loan]:
        ended = list(loans)
        for loan in ended:
            self.end(loan)
        return ended


def _take(index: dict[K, list[Loan]], key: K, loan: Loan) -> None:
    """Take a session out of an index, which keeps no empty lists."""
    index[key].remove(loan)
    if not index[key]:
        del index[key]
