"""Removes old names from an account's index of threads: once a day, from a part of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from postroom.events.types import Event
from postroom.storage.statements.connection import Connection
from postroom.sync.account_ledger import AccountLedger
from postroom.threads import sweep_store
from postroom.threads.sweeping import begin_of, buckets_of, day_of, period_of

__all__ = ["Upkeep"]


class Upkeep:
    """The daily upkeep of one account's index. Its day begins at another moment than that of other accounts.

    A day on which the account has no connection is left out: the same names are looked at again after 29 days.
    """

    __slots__ = ("_account", "_done")

    def __init__(self, account: AccountLedger) -> None:
        self._account = account
        self._done = self._today()

    def next_due(self) -> int | None:
        """Return when the next work is due (milliseconds since 1970), None without an index."""
        return begin_of(self._done + 1, self._account.lease.key) if self._account.indexes else None

    async def step(self) -> None:
        """Do the work of today, unless it was done. Nothing is written if nothing is to be removed."""
        today = self._today()
        if not self._account.indexes or today <= self._done:
            return
        self._done = today
        await self._sweep(buckets_of(today), period_of(today))

    async def _sweep(self, buckets: range, period: int) -> None:
        key = self._account.lease.key
        later = await self._account.read(lambda conn: sweep_store.related(conn, key, buckets))
        if not later:
            return
        look = sweep_store.Sighting(await self._living(later), later, period)
        for bucket in await self._account.read(lambda conn: sweep_store.stale(conn, key, buckets, look)):

            def work(conn: Connection, bucket: int = bucket) -> tuple[None, Sequence[Event]]:
                sweep_store.write(conn, key, bucket, look)
                return None, ()

            await self._account.write(work)

    async def _living(self, later: dict[int, int]) -> set[int]:
        """Return the threads that have a message; each read is of a part of the entries."""
        living: set[int] = set()
        place: sweep_store.Place | None = (0, -1)
        while place is not None:
            page = partial(sweep_store.living, account_key=self._account.lease.key, wanted=later, after=place)
            found, place = await self._account.read(page)
            living.update(later[thread] for thread in found)
        return living

    def _today(self) -> int:
        return day_of(self._account.now(), self._account.lease.key)
