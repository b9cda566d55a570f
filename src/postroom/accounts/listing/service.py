"""The lists of accounts that an operator looks at: how many there are of each kind, and how many a query matches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from postroom.accounts import store
from postroom.accounts.listing import page_store, standing_store
from postroom.accounts.listing.standing_store import AccountStanding
from postroom.accounts.model import AccountPlace, ListQuery
from postroom.accounts.settings.requests import is_storable
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection

__all__ = ["AccountLists", "AccountNumbers", "is_askable"]


class AccountNumbers(NamedTuple):
    """How many accounts there are by state, by health, and by place (type and host)."""

    states: Mapping[str, int]
    healths: Mapping[str, int]
    places: Mapping[AccountPlace, int]

    @property
    def total(self) -> int:
        """The number of all accounts."""
        return sum(self.states.values())


@dataclass(frozen=True, slots=True)
class AccountLists:
    """The numbers of accounts of one installation. Every method raises StorageUnavailable."""

    db: Database

    async def numbers(self) -> AccountNumbers:
        """Return how many accounts there are of each kind."""

        def work(conn: Connection) -> AccountNumbers:
            return AccountNumbers(
                store.state_counts(conn), page_store.health_counts(conn), page_store.place_counts(conn)
            )

        return await self.db.read(work)

    async def standings(self) -> Mapping[AccountStanding, int]:
        """Return how many accounts are in each state at each provider."""
        return await self.db.read(standing_store.counts)

    async def count(self, query: ListQuery) -> int:
        """Return how many accounts a query matches."""
        if not is_askable(query):
            return 0
        return await self.db.read(lambda conn: page_store.count(conn, query))


def is_askable(query: ListQuery) -> bool:
    """Whether the database can be asked; otherwise no account matches, because no row holds such a text."""
    texts = (query.text or "", query.provider or "", *query.metadata, *query.metadata.values(), *(query.names or ()))
    return all(is_storable(text) for text in texts)
