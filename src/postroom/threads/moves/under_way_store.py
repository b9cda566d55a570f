"""The SQL for moves that requests have begun and whose outcome is not known yet.

The request writes a row before it tells the server to move anything, and removes it when it knows what happened. A sync
that sees one end of a move meanwhile can wait for that. A row that a crash left behind counts up to its time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import sqlalchemy as sa

from postroom.storage.schema.moves import moves_under_way
from postroom.storage.statements.connection import Connection

__all__ = ["UnderWay", "ask", "begin", "end", "under_way"]


class UnderWay(NamedTuple):
    """A move that has begun: from the folder with a number to a path. It counts up to `until` (ms since 1970)."""

    id: str
    source: int
    target: str
    until: int


_COLUMNS: Final = (
    moves_under_way.c.id,
    moves_under_way.c.source,
    moves_under_way.c.target,
    moves_under_way.c.until,
)
_FIND: Final = sa.select(*_COLUMNS).where(
    moves_under_way.c.account_key == sa.bindparam("of"), moves_under_way.c.until > sa.bindparam("now")
)
_BEGIN: Final = sa.insert(moves_under_way)
_END: Final = sa.delete(moves_under_way).where(
    moves_under_way.c.account_key == sa.bindparam("of"), moves_under_way.c.id == sa.bindparam("which")
)
_CLEAN: Final = sa.delete(moves_under_way).where(
    moves_under_way.c.account_key == sa.bindparam("of"), moves_under_way.c.until <= sa.bindparam("now")
)


def under_way(conn: Connection, account_key: int, now: int) -> list[UnderWay]:
    """Return the moves of an account whose outcome is not known yet."""
    return ask(conn, account_key, now)()


def ask(conn: Connection, account_key: int, now: int) -> Callable[[], list[UnderWay]]:
    """Ask for these moves. Call what is returned when they are needed."""
    answer = conn.ask(_FIND, {"of": account_key, "now": now})
    return lambda: [UnderWay(*row) for row in answer()]


def begin(conn: Connection, account_key: int, move: UnderWay, now: int) -> None:
    """Note that a move is about to begin. The account's row must exist: call `numbers_store.lock` before."""
    conn.execute(_CLEAN, {"of": account_key, "now": now})
    conn.execute(_BEGIN, {"account_key": account_key, **move._asdict()})


def end(conn: Connection, account_key: int, id_: str) -> None:
    """Note that the outcome of a move is known, or that nobody will ever know it."""
    conn.execute(_END, {"of": account_key, "which": id_})
