"""Waits, for a bounded time, until it is known what became of moves that the sync sees one end of."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

from postroom.footprint.dataclass import dataclass
from postroom.storage.statements.connection import Connection
from postroom.sync.moves.book import HeldMessage, MoveBook, Undecided
from postroom.threads.moves import store as moves_store
from postroom.threads.moves.under_way_store import UnderWay, under_way

__all__ = ["NO_MOVES", "PATIENCE", "Moves", "StoredMoves"]

T = TypeVar("T")

PATIENCE: Final = 3.0
"""Seconds that one step of the sync waits for moves under way."""

_FIRST_PAUSE: Final = 0.02
_LONGEST_PAUSE: Final = 0.25
_MOST_WAITED: Final = 1000
_NO_IDS: Final[frozenset[str]] = frozenset()


class Reader(Protocol):
    """Reads what is stored of an account."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work`."""
        ...

    def now(self) -> int:
        """The time in milliseconds since 1970."""
        ...


@dataclass(frozen=True, slots=True)
class StoredMoves:
    """Whether nothing was told yet of some messages that left, and the folders where others are to arrive."""

    holds: bool
    awaiting: frozenset[int]


NO_MOVES: Final = StoredMoves(holds=False, awaiting=frozenset())


class Moves:
    """What the sync of an account keeps in mind about moves while it is connected.

    `tells` says whether moves are told as such. `names` says whether the server itself names messages, so that moves by
    other programs can be known. `held` are messages that left, by name: nothing was told of them yet.
    """

    __slots__ = ("_awaiting", "_is_clean", "_key", "_reader", "_waited", "held", "names", "tells")

    def __init__(self, reader: Reader, account_key: int) -> None:
        self._reader = reader
        self._key = account_key
        self._waited = _NO_IDS
        self._awaiting: frozenset[int] | None = None
        self._is_clean = False
        self.tells = True
        self.names = False
        self.held: dict[int, HeldMessage] = {}

    def stored(self, conn: Connection) -> StoredMoves:
        """Return what a life before may have left."""
        return StoredMoves(self.book(conn).holds(), moves_store.awaiting(conn, self._key))

    def begin(self, stored: StoredMoves) -> None:
        """Begin with what is stored, so that it is not asked for again."""
        self._is_clean = not stored.holds
        # One object for all accounts that expect nothing.
        self._awaiting = stored.awaiting or NO_MOVES.awaiting

    @property
    def may_hold(self) -> bool:
        """Whether there may be messages of which nothing was told yet. A life before may have left some."""
        return bool(self.held) or not self._is_clean

    def released(self) -> None:
        """Note that all was told."""
        self._is_clean = True
        self.held.clear()

    def book(self, conn: Connection) -> MoveBook:
        """Return the moves as this transaction sees them."""
        return MoveBook(conn, self._key, self.tells, self._waited)

    async def settled(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `attempt`. Each time that it raises Undecided, wait, and let it try again.

        After 3 seconds the moves that it waits for are taken for lost, and are not waited for again.
        """
        until: float | None = None
        clock = asyncio.get_running_loop().time
        while True:
            try:
                return await attempt()
            except Undecided as undecided:
                until = clock() + PATIENCE if until is None else until
                if not await self._wait(undecided.ids, until):
                    self._give_up(undecided.ids)

    async def awaits(self, number: int) -> bool:
        """Return whether messages are to arrive in a folder whose move was told already. Asks the database once."""
        if self._awaiting is None:
            self._awaiting = await self._reader.read(lambda conn: moves_store.awaiting(conn, self._key))
        return number in self._awaiting

    def expect(self) -> None:
        """Note that moves were told of whose arrival is to be seen, or that some arrived."""
        self._awaiting = None

    async def _wait(self, ids: frozenset[str], until: float) -> bool:
        """Wait until none of these moves is under way; return False when the time is over."""
        clock, pause = asyncio.get_running_loop().time, _FIRST_PAUSE
        while clock() < until:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            left = await self._reader.read(self._under_way)
            if ids.isdisjoint(each.id for each in left):
                return True
        return False

    def _under_way(self, conn: Connection) -> list[UnderWay]:
        return under_way(conn, self._key, self._reader.now())

    def _give_up(self, ids: frozenset[str]) -> None:
        self._waited = ids if len(self._waited) > _MOST_WAITED else self._waited | ids
