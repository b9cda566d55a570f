"""What goes along with a transaction: it is told how that ended, and never keeps the events from being stored."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import pytest
import sqlalchemy as sa

from postroom.events.rides import Ride, Rides, write_along
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import meta
from postroom.storage.turns import WriteTurn


class OneRide:
    """Stores a row, or fails to. `ends` is what it was told."""

    def __init__(self, *, fails: bool = False) -> None:
        self.fails = fails
        self.ends: list[str] = []
        self.begun = 0

    def begin(self) -> None:
        self.begun += 1

    def work(self, conn: Connection, _account_key: int) -> bool:
        put(conn, "ride")
        if self.fails:
            raise ArithmeticError("a fault of the ride")
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        self.ends.append("committed" if error is None else type(error).__name__)
        return isinstance(error, ArithmeticError)


def put(conn: Connection, name: str) -> None:
    conn.execute(sa.insert(meta), {"name": name, "value": ""})


def along(conn: Connection, ride: Ride | None) -> str:
    put(conn, "work")
    return "alone" if ride is None else str(ride.work(conn, 1))


def broken(conn: Connection, ride: Ride | None) -> str:
    along(conn, ride)
    raise LookupError("a fault of the work")


@contextmanager
def offering(ride: OneRide) -> Iterator[Rides]:
    async def offer() -> Ride | None:
        return ride

    rides = Rides()
    with rides.offered(offer):
        yield rides


async def stored(db: Database) -> set[str]:
    names = sa.select(meta.c.name).where(meta.c.name.in_(["ride", "work"]))
    return set(await db.read(lambda conn: conn.execute(names).scalars()))


async def test_without_an_offer_the_work_goes_alone(db: Database) -> None:
    assert await write_along(db, Rides(), along, WriteTurn.NORMAL) == "alone"
    assert await stored(db) == {"work"}


async def test_both_are_stored_together(db: Database) -> None:
    ride = OneRide()
    with offering(ride) as rides:
        assert await write_along(db, rides, along, WriteTurn.NORMAL) == "True"
    assert await stored(db) == {"ride", "work"}
    assert ride.ends == ["committed"]


async def test_patient_work_takes_no_ride(db: Database) -> None:
    ride = OneRide()
    with offering(ride) as rides:
        assert await write_along(db, rides, along, WriteTurn.PATIENT) == "alone"
    assert ride.ends == []


async def test_a_fault_of_the_ride_is_none_of_the_work(db: Database) -> None:
    ride = OneRide(fails=True)
    with offering(ride) as rides:
        assert await write_along(db, rides, along, WriteTurn.NORMAL) == "alone"
    assert await rides.take() is None
    assert await stored(db) == {"work"}
    assert ride.ends == ["ArithmeticError"]


async def test_a_fault_of_the_work_undoes_the_ride(db: Database) -> None:
    ride = OneRide()
    with offering(ride) as rides, pytest.raises(LookupError):
        await write_along(db, rides, broken, WriteTurn.NORMAL)
    assert await stored(db) == set()
    assert ride.ends == ["LookupError"]


async def test_a_ride_begins_anew_with_each_try_of_the_transaction(db: Database) -> None:
    """On PostgreSQL the transaction is shared, and other work may spoil it. SQLite undoes that work alone."""
    ride = OneRide()

    def spoil(conn: Connection) -> None:
        put(conn, "spoilt")
        raise LookupError("a fault of somebody else")

    with offering(ride) as rides:
        write = asyncio.ensure_future(write_along(db, rides, along, WriteTurn.NORMAL))
        others = [asyncio.ensure_future(db.write(spoil)) for _ in range(2)]
        done = await asyncio.gather(write, *others, return_exceptions=True)
    assert done[0] == "True"
    assert [type(each) for each in done[1:]] == [LookupError] * 2
    assert await stored(db) == {"ride", "work"}
    assert ride.begun >= 1
    assert ride.ends == ["committed"]


async def test_a_ride_ends_with_its_transaction_when_the_caller_left(db: Database) -> None:
    ride, holding = OneRide(), threading.Event()

    def hold(conn: Connection) -> None:
        put(conn, "held")
        holding.wait(20)

    with offering(ride) as rides:
        # SQLite has one writer: it is busy until the caller has left. PostgreSQL works on the loop's thread.
        busy = asyncio.ensure_future(db.write(hold)) if db.dialect == "sqlite" else None
        write = asyncio.ensure_future(write_along(db, rides, along, WriteTurn.NORMAL))
        for _ in range(5):
            await asyncio.sleep(0)
        write.cancel()
        await asyncio.sleep(0)
        holding.set()
        with pytest.raises(asyncio.CancelledError):
            await write
        if busy is not None:
            await busy
    assert ride.ends == ["committed"]
    assert await stored(db) == {"ride", "work"}
