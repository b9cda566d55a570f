"""Lets the routing of new events go along in the transaction that appends them, which saves transactions of its own.

A ride is only a short cut. Who appends events never needs one, and an event without a ride is routed by the loop of the
process that is woken for it. If the work of a ride fails, the events are appended without it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Protocol, Self, TypeVar

from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.tasks import to_its_end

__all__ = ["ROUTED", "Ride", "Rides", "write_along"]

T = TypeVar("T")

ROUTED: Final = "routed"
"""The key of a wake-up for events that were routed as they were appended."""


class Ride(Protocol):
    """Work that goes along in one transaction, and begins when its events are appended."""

    def begin(self) -> None:
        """The transaction begins, perhaps once more. What an earlier try came to is undone."""
        ...

    def work(self, conn: Connection, account_key: int) -> bool:
        """Do the work; return whether nothing is left to do about the new events, which are of this account."""
        ...

    def __enter__(self) -> Self:
        """The transaction is asked for."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        """The transaction has ended. Return True for a failure that was the fault of `work`, which undid all of it."""
        ...


class Rides:
    """The rides of one process. Without webhooks nothing is offered."""

    __slots__ = ("_offer",)

    def __init__(self) -> None:
        self._offer: Callable[[], Awaitable[Ride | None]] | None = None

    @contextmanager
    def offered(self, offer: Callable[[], Awaitable[Ride | None]]) -> Iterator[None]:
        """Give out what `offer` returns while the context is open: a ride, or None when there is none now."""
        self._offer = offer
        try:
            yield
        finally:
            self._offer = None

    async def take(self) -> Ride | None:
        """Return a ride, None when there is none now. Its caller tells it how the transaction ended."""
        return await self._offer() if self._offer is not None else None


async def write_along(db: Database, rides: Rides, work: Callable[[Connection, Ride | None], T], turn: WriteTurn) -> T:
    """Run `work` in a transaction, with a ride if there is one. Patient work is too much at once to take one.

    A ride ends when its transaction does, even if the caller is cancelled meanwhile.
    """
    ride = None if turn is WriteTurn.PATIENT else await rides.take()
    if ride is None:
        return await db.write(lambda conn: work(conn, None), turn=turn)
    return await to_its_end(_write_with(db, ride, work, turn))


async def _write_with(db: Database, ride: Ride, work: Callable[[Connection, Ride | None], T], turn: WriteTurn) -> T:
    def along(conn: Connection) -> T:
        ride.begin()
        return work(conn, ride)

    with ride:
        return await db.write(along, turn=turn)
    return await db.write(lambda conn: work(conn, None), turn=turn)
