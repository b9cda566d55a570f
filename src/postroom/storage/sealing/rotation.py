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
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import settings

BATCH: Final = 100

# A batch of messages is held in memory, and its transaction delays others.
_OCTETS_AT_ONCE: Final = 16 * 1024 * 1024


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


def remaining(conn: Connection, box: SecretBox, sealed_settings: frozenset[str]) -> dict[str, int]:
    """Return how many readable values of each place are not under the newest key."""
    return {
        place.name: sum(row.opened(box) is not None for row in _read(conn, place, _old(box, place, sealed_settings)))
        for place in PLACES
    }


def _finish(conn: Connection, box: SecretBox, sealed_settings: frozenset[str]) -> dict[str, int]:
    left = remaining(conn, box, sealed_settings)
    if not any(left.values()):
        store_newest_canary(conn, box)
    return left


async def _reseal(db: Database, box: SecretBox, place: SealedPlace, sealed_settings: frozenset[str], limit: int) -> int:
    done, after = 0, None
    most = max(min(limit, _OCTETS_AT_ONCE // place.largest), 1)
    query = _old(box, place, sealed_settings).order_by(*place.keys).limit(most).with_for_update(of=place.sealed.table)
    while (moved := await db.write(partial(_reseal_some, box=box, place=place, query=query, after=after))) is not None:
        count, after = moved
        done += count
    return done


def _reseal_some(
    conn: Connection, box: SecretBox, place: SealedPlace, query: sa.Select[Any], after: tuple[Any, ...] | None
) -> tuple[int, tuple[Any, ...]] | None:
    """Re-encrypt the next rows with keys above `after`; returns their number and the last key, None at the end."""
    rows = list(_read(conn, place, query if after is None else query.where(place.is_after(after))))
    moved = 0
    for row in rows:
        if (secret := row.opened(box)) is None:
            continue
        values = {place.sealed.name: _sealed(box, secret, row.context)}
        conn.execute(sa.update(place.sealed.table).where(place.is_row(row.key)).values(values))
        moved += 1
    return (moved, rows[-1].key) if rows else None


def _sealed(box: SecretBox, plain: str | bytes, context: str) -> str | bytes:
    return box.seal_octets(plain, context) if isinstance(plain, bytes) else box.seal(plain, context)


def _read(conn: Connection, place: SealedPlace, query: sa.Select[Any]) -> Iterator[SealedRow]:
    if place.holds_octets:
        with conn.stream(query) as rows:
            yield from rows_of(place, rows)
    else:
        yield from rows_of(place, conn.execute(query))


def _old(box: SecretBox, place: SealedPlace, sealed_settings: frozenset[str]) -> sa.Select[Any]:
    """The rows with a sealed value under an older key of the box. No other key could open them."""
    quote = '"' if place.sealed.table is settings else ""
    prefixes = [f"{quote}{prefix}" for prefix in box.older_prefixes]
    length = len(quote + box.current_prefix)
    query = sealed_rows(place, sealed_settings, whole=True)
    if place.holds_octets:
        head = sa.type_coerce(sa.func.substr(place.sealed, 1, length), sa.LargeBinary)
        return query.where(head.in_([prefix.encode() for prefix in prefixes]))
    return query.where(sa.func.substr(sa.type_coerce(place.sealed, sa.Text), 1, length).in_(prefixes))
