"""SQL for the counted minutes: adds to them, sums them up, and removes old ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import sqlalchemy as sa

from postroom.statistics.window import MINUTE
from postroom.storage.schema.counting import counted_minutes
from postroom.storage.statements.connection import Connection
from postroom.storage.upsert import insert_into

CountsOfMinutes: TypeAlias = Mapping[tuple[int, str], int]
"""Numbers by the beginning of the minute (milliseconds since 1970) and the name."""

_PRUNED_AT_ONCE: Final = 240 * MINUTE
_minute, _name, _number = counted_minutes.c.minute, counted_minutes.c.name, counted_minutes.c.number


def add(conn: Connection, counts: CountsOfMinutes) -> None:
    """Add numbers to what is stored."""
    insert = insert_into(counted_minutes, conn.dialect.name)
    statement = insert.on_conflict_do_update(
        index_elements=["minute", "name"], set_={"number": _number + insert.excluded.number}
    )
    # All processes lock the rows in the same order, so that none waits for another one in a circle.
    rows = [{"minute": minute, "name": name, "number": counts[minute, name]} for minute, name in sorted(counts)]
    conn.execute(statement, rows)


def totals(conn: Connection, since: int) -> dict[str, int]:
    """Return the sums by name of all minutes from `since` on."""
    query = sa.select(_name, sa.func.sum(_number)).where(_minute >= since).group_by(_name).order_by(_name)
    return {name: int(number) for name, number in conn.execute(query)}


def by_minute(conn: Connection, name: str, since: int) -> dict[int, int]:
    """Return the numbers of one name by minute, from `since` on; a name without a colon stands for its family."""
    # The sign after the colon ends the range of the names that begin with the family.
    of_family = sa.and_(_name >= f"{name}:", _name < f"{name};")
    wanted = _name == name if ":" in name else sa.or_(_name == name, of_family)
    query = sa.select(_minute, sa.func.sum(_number)).where(_minute >= since, wanted).group_by(_minute)
    return {minute: int(number) for minute, number in conn.execute(query)}


def prune(conn: Connection, before: int) -> bool:
    """Remove the oldest minutes before `before`, four hours at most; say whether there may be more."""
    oldest: int | None = conn.execute(sa.select(sa.func.min(_minute))).scalar_one()
    if oldest is None or oldest >= before:
        return False
    until = min(before, oldest + _PRUNED_AT_ONCE)
    conn.execute(sa.delete(counted_minutes).where(_minute < until))
    return until < before
