"""Where sealed values are stored, and which of them cannot be opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database
from postroom.storage.schema.admins import admins
from postroom.storage.schema.sending import submission_bodies, submissions
from postroom.storage.sealing.secrets import SecretBox, WrongKey, account_context
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import (
    account_settings,
    accounts,
    oauth2_apps,
    oauth2_consents,
    settings,
    webhook_endpoints,
)

_BATCH: Final = 500
_MIB: Final = 1024 * 1024
# The prefix with the id of the key is shorter than this.
_HEAD: Final = 32


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """A column of sealed values: keys of the row, the value, what names the row, and the sealing context.

    `joined` is the table that the names come from, and the condition that joins it. `largest` is the size of a value
    in octets. `holds_octets`: values are octets, and so many that a check reads only the name of their key.
    """

    name: str
    one: str
    """What one row belongs to, such as "account"."""
    keys: tuple[sa.Column[Any], ...]
    sealed: sa.Column[Any]
    named_by: sa.ColumnElement[str]
    context: Callable[[str], str]
    joined: tuple[sa.Table, sa.ColumnElement[bool]] | None = None
    largest: int = 16 * 1024
    holds_octets: bool = False

    def is_row(self, key: tuple[Any, ...]) -> sa.ColumnElement[bool]:
        """Return the condition for one row."""
        return sa.and_(*(column == value for column, value in zip(self.keys, key, strict=True)))

    def is_after(self, key: tuple[Any, ...]) -> sa.ColumnElement[bool]:
        """Return the condition for the rows after one."""
        return sa.tuple_(*self.keys) > sa.tuple_(*key)


# The contexts are defined by accounts/, configuration/, webhooks/, oauth2/, onboarding/, submission/ and access/.
# Tests seal a value in each of these rooms and rotate it.
PLACES: Final = (
    SealedPlace(
        "accounts",
        "account",
        (account_settings.c.account_key,),
        account_settings.c.secrets,
        accounts.c.account,
        account_context,
        joined=(accounts, accounts.c.key == account_settings.c.account_key),
    ),
    SealedPlace("settings", "setting", (settings.c.name,), settings.c.value, settings.c.name, "settings:{}".format),
    SealedPlace(
        "webhook endpoints",
        "webhook endpoint",
        (webhook_endpoints.c.id,),
        webhook_endpoints.c.secrets,
        webhook_endpoints.c.id,
        "webhook:{}".format,
    ),
    SealedPlace(
        "OAuth2 applications",
        "OAuth2 application",
        (oauth2_apps.c.id,),
        oauth2_apps.c.secrets,
        oauth2_apps.c.id,
        "oauth2:{}".format,
    ),
    SealedPlace(
        "consents",
        "consent",
        (oauth2_consents.c.id,),
        oauth2_consents.c.sealed,
        oauth2_consents.c.id,
        "consent:{}".format,
    ),
    SealedPlace(
        "authenticator apps",
        "authenticator app of the dashboard's user",
        (admins.c.name,),
        admins.c.sealed,
        admins.c.name,
        "admin:{}".format,
    ),
    SealedPlace(
        "settings of messages",
        "message",
        (submissions.c.id,),
        submissions.c.secrets,
        submissions.c.queue_id,
        "submission:{}".format,
    ),
    SealedPlace(
        "messages",
        "message",
        (submission_bodies.c.submission, submission_bodies.c.place),
        submission_bodies.c.sealed,
        submissions.c.queue_id + ":" + sa.cast(submission_bodies.c.place, sa.Text),
        "submission:{}".format,
        joined=(submissions, submissions.c.id == submission_bodies.c.submission),
        largest=_MIB,
        holds_octets=True,
    ),
)


@dataclass(frozen=True, slots=True)
class SealedRow:
    """A stored sealed value; `name` is the name of its row for people. Of octets, `sealed` may be the begin only."""

    place: SealedPlace
    key: tuple[Any, ...]
    name: str
    sealed: str | bytes

    @property
    def context(self) -> str:
        """The context it is sealed with."""
        return self.place.context(self.name)

    @property
    def title(self) -> str:
        """What the secret belongs to, such as "the account 'a'"."""
        return f"the {self.place.one} {self.name!r}"

    def opened(self, box: SecretBox) -> str | bytes | None:
        """Return the plaintext, None when none of the box's keys opens it."""
        try:
            if isinstance(self.sealed, bytes):
                return box.open_octets(self.sealed, self.context)
            return box.open(self.sealed, self.context)
        except WrongKey:
            return None

    def opens(self, box: SecretBox) -> bool:
        """Say whether one of the box's keys opens it. Of octets it looks only whether they name one."""
        if isinstance(self.sealed, bytes):
            return box.names_key(self.sealed[:_HEAD].decode("ascii", "replace"))
        return self.opened(box) is not None


def sealed_rows(place: SealedPlace, sealed_settings: frozenset[str], *, whole: bool = False) -> sa.Select[Any]:
    """Return the query for the sealed values of a place: keys, name, value. Unsealed settings are left out.

    Without `whole` only the begin of octets is read.
    """
    value: sa.ColumnElement[Any] = place.sealed
    if place.holds_octets and not whole:
        value = sa.type_coerce(sa.func.substr(place.sealed, 1, _HEAD), sa.LargeBinary)
    query = sa.select(*place.keys, place.named_by.label("named_by"), value.label("sealed_value"))
    query = query.where(place.sealed.is_not(None))
    if place.sealed.table is settings:
        return query.where(settings.c.name.in_(sorted(sealed_settings)))
    if place.joined is not None:
        table, condition = place.joined
        return query.join(table, condition)
    return query


def rows_of(place: SealedPlace, found: Iterable[Any]) -> Iterator[SealedRow]:
    """Return the results of a `sealed_rows` query as rows."""
    for *key, name, sealed in found:
        yield SealedRow(place, tuple(key), name, bytes(sealed) if place.holds_octets else sealed)


async def unreadable(db: Database, box: SecretBox, sealed_settings: frozenset[str]) -> tuple[SealedRow, ...]:
    """Return the values that no key of the box opens; reads a few hundred rows at a time. Raises StorageFailed."""
    found: list[SealedRow] = []
    for place in PLACES:
        query, after = sealed_rows(place, sealed_settings).order_by(*place.keys).limit(_BATCH), None
        while rows := await db.read(partial(_next, place=place, query=query, after=after)):
            found += [row for row in rows if not row.opens(box)]
            after = rows[-1].key
    return tuple(found)


async def still_unreadable(
    db: Database, box: SecretBox, sealed_settings: frozenset[str], known: Iterable[SealedRow]
) -> tuple[SealedRow, ...]:
    """Return those of `known` that still exist and cannot be opened. Raises StorageFailed."""

    def look(conn: Connection) -> list[SealedRow]:
        found: list[SealedRow] = []
        for row in known:
            query = sealed_rows(row.place, sealed_settings).where(row.place.is_row(row.key))
            found += rows_of(row.place, conn.execute(query))
        return found

    return tuple(row for row in await db.read(look) if not row.opens(box))


def _next(
    conn: Connection, *, place: SealedPlace, query: sa.Select[Any], after: tuple[Any, ...] | None
) -> list[SealedRow]:
    return list(rows_of(place, conn.execute(query if after is None else query.where(place.is_after(after)))))
