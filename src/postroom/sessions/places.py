"""Who may have which lent session, whom an idle one is taken from, and when it closes. Pure.

Each account has a few places, and each host has more. Borrowers wait in one line. The first that can go on does; one
that waits for its own account does not hold up others. An idle session of the account is lent again. Where a host has
no place left, the session there that was idle the longest is closed for the next in line. Times are seconds of one
clock, given by the caller.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeVar

K = TypeVar("K", bound=Hashable)

__all__ = ["MOST_OF_ACCOUNT", "Counts", "Loan", "PlaceGrant", "Places", "Wish", "places_of_account"]

MOST_OF_ACCOUNT: Final = 2
"""Sessions of one account that are lent at a time."""

_KEPT_FREE: Final = 1
"""Connections left to the other programs of the mailbox's owner, where a server counts all of them."""


class _Phase(Enum):
    LENT = "lent"
    IDLE = "idle"
    OVER = "over"


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """A borrower in line. `key` and `revision` are those of the account's row.

    `at_account` and `at_host` are how many sessions may be open for lending, at once, of the account and at the host.
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
        """Whether nobody uses it."""
        return self._phase is _Phase.IDLE

    @property
    def is_over(self) -> bool:
        """Whether it is no place any more."""
        return self._phase is _Phase.OVER


@dataclass(frozen=True, slots=True)
class PlaceGrant:
    """A borrower may go on with `loan`; those `evicted` for it are to be closed."""

    wish: Wish
    loan: Loan
    evicted: tuple[Loan, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many sessions the account of a wish has, how many its host, and how many others wait."""

    account: int
    host: int
    waiting: int


def places_of_account(bears: int | None, watching: int) -> int:
    """Return how many sessions of an account may be lent, at least one.

    `bears` is how many connections its server bears for it over all programs, None when that is not known. `watching`
    are those that the account itself keeps.
    """
    if bears is None:
        return MOST_OF_ACCOUNT
    return max(1, min(MOST_OF_ACCOUNT, bears - watching - _KEPT_FREE))


class Places:
    """The sessions of one pool, and the line of those who want one."""

    def __init__(self) -> None:
        self._line: dict[Wish, None] = {}
        self._loans: dict[Loan, None] = {}
        self._by_account: dict[int, list[Loan]] = {}
        self._by_host: dict[str, list[Loan]] = {}

    @property
    def accounts(self) -> dict[str, int]:
        """The accounts that have sessions, by id, with the key of the row they are of."""
        return {loan.account: loan.key for loan in self._loans}

    @property
    def count(self) -> int:
        """How many sessions there are."""
        return len(self._loans)

    def ask(self, wish: Wish) -> None:
        """Queue a borrower; it may go on when `settle` grants its wish."""
        self._line[wish] = None

    def withdraw(self, wish: Wish) -> bool:
        """Take a borrower out of the line; False when its wish was granted already."""
        return self._line.pop(wish, self) is not self

    def settle(self) -> list[PlaceGrant]:
        """Return what may be granted now, in the order of the line."""
        granted = []
        for wish in list(self._line):
            grant = self._granted(wish)
            if grant is not None:
                del self._line[wish]
                granted.append(grant)
        return granted

    def rest(self, loan: Loan, now: float) -> None:
        """Note that a session was given back and can be lent again."""
        loan._phase, loan.idle_since = _Phase.IDLE, now

    def end(self, loan: Loan) -> None:
        """Note that a session is closed, or was never opened. More than once does no harm."""
        if loan.is_over:
            return
        loan._phase = _Phase.OVER
        del self._loans[loan]
        _take(self._by_account, loan.key, loan)
        _take(self._by_host, loan.host, loan)

    def dismiss(self, account: str, key: int | None, revision: int = 0) -> list[Loan]:
        """End the sessions of an account that are not of this row, or are older than this revision; return them.

        `key` None: the account may have none at all.
        """
        return self._ended(
            loan
            for loan in self._loans
            if loan.account == account and (key is None or loan.key != key or loan.revision < revision)
        )

    def due(self, now: float, idle_for: float) -> list[Loan]:
        """End the sessions that nobody used for `idle_for` seconds; return them."""
        return self._ended(loan for loan in self._loans if loan.is_idle and loan.idle_since + idle_for <= now)

    def next_due(self, idle_for: float) -> float | None:
        """Return when the next idle session is due, None when there is none."""
        return min((loan.idle_since + idle_for for loan in self._loans if loan.is_idle), default=None)

    def spare(self) -> list[Loan]:
        """End the session that was idle the longest; return it, if there is one."""
        return self._ended(self._longest_idle(self._loans))

    def counts(self, wish: Wish) -> Counts:
        """Return what is in use where a borrower wants a session."""
        others = len(self._line) - (wish in self._line)
        return Counts(len(self._of(wish.key)), len(self._at(wish.host)), others)

    def _granted(self, wish: Wish) -> PlaceGrant | None:
        own = self._of(wish.key)
        fitting = [each for each in own if each.is_idle and (each.revision, each.host) == (wish.revision, wish.host)]
        if fitting:
            # The one used last: the others come of age meanwhile.
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
