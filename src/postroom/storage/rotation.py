"""Re-encrypts everything that is stored sealed under the newest key, a few rows at a time, so that an older key can go.

It works beside a running gateway: rows are held only while a few of them are written, and both keys open them all the
time. It may be stopped and begun again whenever one likes: what is done stays done, and the rest is found by its key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.keys import store_newest_canary
from postroom.storage.secrets import SecretBox, account_context
from postroom.storage.tables import (
    account_settings,
    accounts,
    oauth2_apps,
    oauth2_consents,
    settings,
    webhook_endpoints,
)

BATCH = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A column of sealed values: its rows' key, the value, what names a row, and the context it is sealed with."""

    name: str
    key: sa.Column[Any]
    sealed: sa.Column[Any]
    named_by: sa.Column[Any]
    context: Callable[[str], str]


# The contexts are those of accounts/, configuration/, webhooks/, oauth2/ and onboarding/; a test seals with each of
# those rooms and rotates.
PLACES: Final = (
    Place("accounts", account_settings.c.account_key, account_settings.c.secrets, accounts.c.account, account_context),
    Place("settings", settings.c.name, settings.c.value, settings.c.name, "settings:{}".format),
    Place(
        "webhook endpoints",
        webhook_endpoints.c.id,
        webhook_endpoints.c.secrets,
        webhook_endpoints.c.id,
        "webhook:{}".format,
    ),
    Place("OAuth2 applications", oauth2_apps.c.id, oauth2_apps.c.secrets, oauth2_apps.c.id, "oauth2:{}".format),
    Place("consents", oauth2_consents.c.id, oauth2_consents.c.sealed, oauth2_consents.c.id, "consent:{}".format),
)


async def rotate(db: Database, box: SecretBox, sealed_settings: frozenset[str], batch: int = BATCH) -> dict[str, int]:
    """Re-encrypt all that is not under the newest key; return how many values of each place were.

    In the end the older keys are forgotten, in one transaction with the proof that nothing is under them. Raises
    WrongKey at a value that none of the box's keys opens.
    """
    done = {place.name: await _reseal(db, box, place, sealed_settings, batch) for place in PLACES}
    while any((await db.write(lambda conn: _finish(conn, box, sealed_settings))).values()):
        # A node that still seals under an older key was quicker.
        for place in PLACES:
            done[place.name] += await _reseal(db, box, place, sealed_settings, batch)
    return done


def remaining(conn: sa.Connection, box: SecretBox, sealed_settings: frozenset[str]) -> dict[str, int]:
    """Return how many values of each place are not under the newest key."""
    return {
        place.name: conn.execute(
            sa.select(sa.func.count()).select_from(_old(box, place, sealed_settings).subquery())
        ).scalar_one()
        for place in PLACES
    }


def _finish(conn: sa.Connection, box: SecretBox, sealed_settings: frozenset[str]) -> dict[str, int]:
    left = remaining(conn, box, sealed_settings)
    if not any(left.values()):
        store_newest_canary(conn, box)
    return left


async def _reseal(db: Database, box: SecretBox, place: Place, sealed_settings: frozenset[str], limit: int) -> int:
    done, after = 0, None
    query = _old(box, place, sealed_settings).order_by(place.key).limit(limit).with_for_update(of=place.sealed.table)
    while (moved := await db.write(partial(_reseal_some, box=box, place=place, query=query, after=after))) is not None:
        count, after = moved
        done += count
    return done


def _reseal_some(
    conn: sa.Connection, box: SecretBox, place: Place, query: sa.Select[Any], after: Any
) -> tuple[int, Any] | None:
    """Re-encrypt the next rows with keys above `after`; return how many and the last key, None at the end."""
    rows = conn.execute(query if after is None else query.where(place.key > after)).all()
    for key, name, sealed in rows:
        context = place.context(name)
        fresh = box.seal(box.open(sealed, context), context)
        values = {place.sealed.name: fresh}
        conn.execute(sa.update(place.sealed.table).where(place.key == key).values(values))
    return (len(rows), rows[-1][0]) if rows else None


def _old(box: SecretBox, place: Place, sealed_settings: frozenset[str]) -> sa.Select[Any]:
    """The rows whose value is sealed, and not under the newest key."""
    is_json = place.sealed.table is settings
    prefix = f'"{box.current_prefix}' if is_json else box.current_prefix
    stored = sa.type_coerce(place.sealed, sa.Text)
    query = sa.select(place.key, place.named_by.label("named_by"), place.sealed).where(
        sa.func.substr(stored, 1, len(prefix)) != prefix
    )
    if is_json:
        return query.where(place.key.in_(sorted(sealed_settings)))
    if place.named_by.table is accounts:
        return query.join(accounts, accounts.c.key == place.key)
    return query
