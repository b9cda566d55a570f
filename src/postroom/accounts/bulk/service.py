"""The service for actions on many accounts: begins them, shows how far they have come, stops them."""

from __future__ import annotations

import secrets as random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from postroom.accounts.bulk import jobs_store
from postroom.accounts.bulk.model import BulkAction, BulkItem, BulkJob, JobNotFound, NothingMatches, OtherNumber
from postroom.accounts.listing import page_store
from postroom.accounts.listing.service import is_askable
from postroom.accounts.model import ListQuery
from postroom.accounts.settings.requests import is_storable
from postroom.clock import now_ms
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake

__all__ = ["TOPIC", "BulkActions", "new_job_id"]

log = get_logger("accounts")
TOPIC: Final = "bulk"
_KEPT: Final = 7 * 24 * 3600 * 1000
_MOST_ERRORS: Final = 200


def new_job_id() -> str:
    """Return an id for an action that is asked for now."""
    return random.token_hex(8)


@dataclass(frozen=True, slots=True)
class BulkActions:
    """The actions on many accounts of one installation."""

    db: Database
    clock: Callable[[], int] = now_ms

    async def begin(
        self,
        action: BulkAction,
        query: ListQuery,
        *,
        wish: str,
        by: str,
        expected: int | None = None,
        id_: str | None = None,
    ) -> BulkJob:
        """Ask for an action on all accounts that match now; later ones are not touched.

        `wish` says in words which accounts these are. With `expected`, another number of matches is refused. An
        `id_` makes the action only once, however often it is asked for. Raises NothingMatches, OtherNumber,
        StorageUnavailable.
        """
        chosen = id_ or new_job_id()
        if not is_askable(query):
            raise NothingMatches

        def work(conn: Connection) -> BulkJob:
            now = self.clock()
            jobs_store.forget(conn, now - _KEPT)
            begun = jobs_store.find(conn, chosen)
            if begun is not None:
                return begun
            total = page_store.count(conn, query)
            if total == 0:
                raise NothingMatches
            if expected is not None and total != expected:
                raise OtherNumber(total)
            job = BulkJob(chosen, action, wish, by, total, 0, 0, False, now, None)
            if jobs_store.insert(conn, job, replace(query, page=0)):
                wake(conn, TOPIC)
                return job
            # The same form came twice at the same time.
            return jobs_store.find(conn, chosen) or job

        job = await self.db.write(work)
        log.info("bulk action begun", job=job.id, action=action.value, accounts=job.total, by=by)
        return job

    async def get(self, job: str) -> BulkJob:
        """Return one action. Raises JobNotFound."""
        found = await self.db.read(lambda conn: jobs_store.find(conn, job)) if is_storable(job) else None
        if found is None:
            raise JobNotFound
        return found

    async def errors(self, job: str, limit: int = _MOST_ERRORS) -> list[BulkItem]:
        """Return the first accounts for which an action failed, with the reasons."""
        return await self.db.read(lambda conn: jobs_store.errors(conn, job, limit))

    async def newest(self, limit: int = 5) -> list[BulkJob]:
        """Return the newest actions, running or not."""
        return await self.db.read(lambda conn: jobs_store.newest(conn, limit))

    async def stop(self, job: str) -> BulkJob:
        """Leave the accounts alone that were not dealt with yet. Raises JobNotFound."""
        found = await self.get(job)
        if await self.db.write(lambda conn: jobs_store.stop(conn, job, self.clock())):
            log.info("bulk action stopped", job=job)
        return await self.get(found.id)
