"""SQL for the requests of deliveries: keeps those that failed or came after a failure, a bounded number of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from postroom.storage.schema.tries import delivery_tries
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import deliveries
from postroom.storage.upsert import insert_into
from postroom.webhooks.model import DeliveryTry, Result

FIRST: Final = 10
"""So many of the first requests of a delivery are kept."""

LAST: Final = 10
"""So many of the requests after these are kept, the newest."""

_COLUMNS: Final = ("delivery", "place", "number", "at", "took", "status", "error")
_TRY: Final = (
    delivery_tries.c.number,
    delivery_tries.c.at,
    delivery_tries.c.took,
    delivery_tries.c.status,
    delivery_tries.c.error,
)
_OF: Final = (
    sa.select(*_TRY).where(delivery_tries.c.delivery == sa.bindparam("delivery")).order_by(delivery_tries.c.number)
)


def keep(conn: Connection, results: Sequence[Result]) -> None:
    """Store the requests that led to these results, but for a first one that was accepted: its delivery says it all."""
    made = [result for result in results if result.took is not None and (result.error or result.attempts > 1)]
    if made:
        conn.execute(_statement(conn.dialect.name), [_row(result) for result in made])


def keep_accepted(conn: Connection, delivery: int) -> None:
    """Store a first request that was accepted, because its delivery is sent again."""
    is_it = (deliveries.c.id == delivery, deliveries.c.attempts == 1, deliveries.c.attempted_at.is_not(None))
    row = sa.select(
        deliveries.c.id,
        sa.literal(1),
        sa.literal(1),
        deliveries.c.attempted_at,
        deliveries.c.last_took,
        deliveries.c.last_status,
        deliveries.c.last_error,
    ).where(*is_it)
    statement = insert_into(delivery_tries, conn.dialect.name).from_select(_COLUMNS, row)
    conn.execute(statement.on_conflict_do_nothing())


def tries_of(conn: Connection, delivery: int) -> list[DeliveryTry]:
    """Return the requests of a delivery that are kept, in order."""
    return [DeliveryTry(*row) for row in conn.execute(_OF, {"delivery": delivery})]


def place_of(number: int) -> int:
    """Return the place of a request. The later ones take the same few places, one after the other."""
    return number if number <= FIRST else FIRST + 1 + (number - FIRST - 1) % LAST


@cache
def _statement(dialect: str) -> Any:
    # A delivery that was removed meanwhile, or is sent again in another lane, matches no row. For a removed one a plain
    # insert would fail, and with it all other results.
    values = sa.select(
        deliveries.c.id,
        sa.bindparam("b_place", type_=sa.Integer),
        sa.bindparam("b_number", type_=sa.Integer),
        sa.bindparam("b_at", type_=sa.BigInteger),
        sa.bindparam("b_took", type_=sa.Integer),
        sa.bindparam("b_status", type_=sa.Integer),
        sa.bindparam("b_error", type_=sa.Text),
    ).where(
        deliveries.c.id == sa.bindparam("b_delivery"),
        sa.or_(deliveries.c.lane == sa.bindparam("b_carried_in"), deliveries.c.lane == sa.bindparam("b_lane")),
    )
    insert = insert_into(delivery_tries, dialect).from_select(_COLUMNS, values)
    new = {name: insert.excluded[name] for name in _COLUMNS[2:]}
    return insert.on_conflict_do_update(index_elements=_COLUMNS[:2], set_=new)


def _row(result: Result) -> dict[str, object]:
    return {
        "b_delivery": result.delivery,
        "b_carried_in": result.carried_in,
        "b_lane": result.lane,
        "b_place": place_of(result.attempts),
        "b_number": result.attempts,
        "b_at": result.attempted_at,
        "b_took": result.took,
        "b_status": result.status,
        "b_error": result.error,
    }
