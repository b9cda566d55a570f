"""Where sealed values are stored, and which of them cannot be opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, WrongKey, account_context
from postroom.storage.tables import (
    account_settings,
    accounts,
    oauth2_apps,
    oauth2_consents,
    settings,
    webhook_endpoints,
)

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """A column of sealed values: key of the row, the value, the column that names the row, and the sealing context."""

    name: str
    one: str
    """What one row belongs to, such as "account"."""
    key: sa.Column[Any]
    sealed: sa.Column[Any]
    named_by: sa.Column[Any]
    context: Callable[[str], str]


# The contexts are defined by accounts/, configuration/, webhooks/, oauth2/ and onboarding/. A test seals a value in
# each of these rooms and rotates it.
PLACES: Final = (
    SealedPlace(
        "accounts",
        "account",
        account_settings.c.account_key,
        account_settings.c.secrets,
        accounts.c.account,
        account_context,
    ),
    SealedPlace("settings", "setting", settings.c.name, settings.c.value, settings.c.name, "settings:{}".format),
    SealedPlace(
        "webhook endpoints",
        "webhook endpoint",
        webhook_endpoints.c.id,
        webhook_endpoints.c.secrets,
        webhook_endpoints.c.id,
        "webhook:{}".format,
    ),
    SealedPlace(
        "OAuth2 applications",
        "OAuth2 application",
        oauth2_apps.c.id,
        oauth2_apps.c.secrets,
        oauth2_apps.c.id,
        "oauth2:{}".format,
    ),
    SealedPlace(
        "consents",
        "consent",
        oauth2_consents.c.id,
        oauth2_consents.c.sealed,
        oauth2_consents.c.id,
        "consent:{}".format,
    ),
)


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A stored sealed value; `name` is the name of its row for people."""

    place: SealedPlace
    key: Any
    name: str
    sealed: str

    @property
    def context(self) -> str:
        """The context it is sealed with."""
        return self.place.context(self.name)

    @property
    def title(self) -> str:
        """What the secret belongs to, such as "the account 'a'"."""
        return f"the {self.place.one} {self.name!r}"

    def opened(self, box: SecretBox) -> str | None:
        """Return the plaintext, None when none of the box's keys opens it."""
        try:
            return box.open(self.sealed, self.context)
        except WrongKey:
            return None

    def opens(self, box: SecretBox) -> bool:
        """Say whether one of the box's keys opens it."""
        return self.opened(box) is not None


def sealed_rows(place: SealedPlace, sealed_settings: frozenset[str]) -> sa.Select[Any]:
    """Return the query for the sealed values of a place: key, name, value. Unsealed settings are left out."""
    query = sa.select(place.key, place.named_by.label("named_by"), place.sealed).where(place.sealed.is_not(None))
    if place.sealed.table is settings:
        return query.where(place.key.in_(sorted(sealed_settings)))
    if place.named_by.table is accounts:
        return query.join(accounts, accounts.c.key == place.key)
    return query


def rows_of(place: SealedPlace, found: Iterable[Any]) -> Iterator[SealedRow]:
    """Return the results of a `sealed_rows` query as rows."""
    return (SealedRow(place, key, name, sealed) for key, name, sealed in found)


async def unreadable(db: Database, box: SecretBox, sealed_settings: frozenset[str]) -> tuple[SealedRow, ...]:
    """Return the values that no key of the box opens; reads a few hundred rows at a time. Raises StorageFailed."""
    found: list[SealedRow] = []
    for place in PLACES:
        query, after = sealed_rows(place, sealed_settings).order_by(place.key).limit(_BATCH), None
        while rows := await db.read(partial(_next, place=place, query=query, after=after)):
            found += [row for row in rows if not row.opens(box)]
            after = rows[-1].key
    return tuple(found)


async def still_unreadable(
    db: Database, box: SecretBox, sealed_settings: frozenset[str], known: Iterable[SealedRow]
) -> tuple[SealedRow, ...]:
    """Return those of `known` that still exist and cannot be opened. Raises StorageFailed."""

    def look(conn: sa.Connection) -> list[SealedRow]:
        found: list[SealedRow] = []
        for row in known:
            query = sealed_rows(row.place, sealed_settings).where(row.place.key == row.key)
            found += rows_of(row.place, conn.execute(query))
        return found

    return tuple(row for row in await db.read(look) if not row.opens(box))


def _next(conn: sa.Connection, *, place: SealedPlace, query: sa.Select[Any], after: Any) -> list[SealedRow]:
    return list(rows_of(place, conn.execute(query if after is None else query.where(place.key > after))))
