"""Re-encrypts all sealed values under the newest key, a few rows at a time, so that an older key can be removed.

It works beside a running gateway: rows are locked only while a few of them are written, and both keys can read them all
the time. It may be stopped and started again at any time, because finished rows are recognised by their key. A value
that no key opens stays as it is and stops nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.sealing.keys import store_newest_canary
from postroom.storage.sealing.sealed import PLACES, SealedPlace, SealedRow, rows_of, sealed_rows
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.tables import settings

BATCH: Final = 100


async def rotate(db: Database, box: SecretBox, sealed_settings: frozenset[str], batch: int = BATCH) -> dict[str, int]:
    """Re-encrypt all readable values under the newest key; returns how many of each place were re-encrypted.

    At the end the older keys are forgotten, in the same transaction that checks that nothing is sealed under them.
    """
    done = {place.name: await _reseal(db, box, place, sealed_settings, batch) for place in PLACES}
    while any((await db.write(lambda conn: _finish(conn, box, sealed_settings))).values()):
        # A node still sealed a value under an older key meanwhile.
        for place in PLACES:
            done[place.name] += await _reseal(db, box, place, sealed_settings, batch)
    return done


def remaining(conn: sa.Connection, box: SecretBox, sealed_settings: frozenset[str]) -> dict[str, int]:
    """Return how many readable values of each place are not under the newest key."""
    return {
        place.name: sum(row.opens(box) for row in _read(conn, place, _old(box, place, sealed_settings)))
        for place in PLACES
    }


def _finish(conn: sa.Connection, box: SecretBox, sealed_settings: frozenset[str]) -> dict[str, int]:
    left = remaining(conn, box, sealed_settings)
    if not any(left.values()):
        store_newest_canary(conn, box)
    return left


async def _reseal(db: Database, box: SecretBox, place: SealedPlace, sealed_settings: frozenset[str], limit: int) -> int:
    done, after = 0, None
    query = _old(box, place, sealed_settings).order_by(place.key).limit(limit).with_for_update(of=place.sealed.table)
    while (moved := await db.write(partial(_reseal_some, box=box, place=place, query=query, after=after))) is not None:
        count, after = moved
        done += count
    return done


def _reseal_some(
    conn: sa.Connection, box: SecretBox, place: SealedPlace, query: sa.Select[Any], after: Any
) -> tuple[int, Any] | None:
    """Re-encrypt the next rows with keys above `after`; returns their number and the last key, None at the end."""
    rows = list(_read(conn, place, query if after is None else query.where(place.key > after)))
    moved = 0
    for row in rows:
        if (secret := row.opened(box)) is None:
            continue
        values = {place.sealed.name: box.seal(secret, row.context)}
        conn.execute(sa.update(place.sealed.table).where(place.key == row.key).values(values))
        moved += 1
    return (moved, rows[-1].key) if rows else None


def _read(conn: sa.Connection, place: SealedPlace, query: sa.Select[Any]) -> Iterator[SealedRow]:
    return rows_of(place, conn.execute(query))


def _old(box: SecretBox, place: SealedPlace, sealed_settings: frozenset[str]) -> sa.Select[Any]:
    """The rows with a sealed value that is not under the newest key."""
    is_json = place.sealed.table is settings
    prefix = f'"{box.current_prefix}' if is_json else box.current_prefix
    stored = sa.type_coerce(place.sealed, sa.Text)
    return sealed_rows(place, sealed_settings).where(sa.func.substr(stored, 1, len(prefix)) != prefix)
