"""The SQL of protocol logs: write pieces, drop old ones, read. Functions of an open connection; no decisions."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from postroom.protocol_logs.pieces import LogPiece
from postroom.storage.schema.protocol_logs import protocol_log_pieces as pieces
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.storage.upsert import insert_into

__all__ = ["bodies", "clear", "is_there", "keys_of", "prune", "put", "trim"]


def keys_of(conn: Connection, ids: Collection[str]) -> dict[str, int]:
    """Return the keys of those accounts that exist, by id."""
    query = sa.select(accounts.c.account, accounts.c.key).where(accounts.c.account.in_(sorted(ids)))
    return {row.account: row.key for row in conn.execute(query)}


def is_there(conn: Connection, key: int, piece: str) -> bool:
    """Say whether a piece is stored."""
    query = sa.select(pieces.c.id).where(pieces.c.account_key == key, pieces.c.id == piece)
    return conn.execute(query).first() is not None


def put(conn: Connection, key: int, piece: LogPiece) -> None:
    """Store a piece, in place of its shorter form."""
    values = {"until": piece.until, "lines": len(piece.lines), "octets": piece.octets, "body": piece.body}
    insert = insert_into(pieces, conn.dialect.name).values(account_key=key, id=piece.id, **values)
    conn.execute(insert.on_conflict_do_update(index_elements=["account_key", "id"], set_=values))


def trim(conn: Connection, key: int, *, most_lines: int, most_octets: int) -> None:
    """Drop the oldest pieces beyond what an account may have. The newest piece always stays."""
    query = sa.select(pieces.c.id, pieces.c.lines, pieces.c.octets).where(pieces.c.account_key == key)
    lines = octets = 0
    for row in conn.execute(query.order_by(pieces.c.id.desc())).all():
        if lines >= most_lines or octets >= most_octets:
            conn.execute(sa.delete(pieces).where(pieces.c.account_key == key, pieces.c.id <= row.id))
            return
        lines, octets = lines + row.lines, octets + row.octets


def prune(conn: Connection, *, before: int) -> None:
    """Drop the pieces that ended before a time."""
    conn.execute(sa.delete(pieces).where(pieces.c.until < before))


def clear(conn: Connection, key: int) -> None:
    """Drop the log of an account."""
    conn.execute(sa.delete(pieces).where(pieces.c.account_key == key))


def bodies(conn: Connection, account: str) -> list[str]:
    """Return the pieces of an account, oldest first; none for an unknown one."""
    of_account = sa.select(accounts.c.key).where(accounts.c.account == account).scalar_subquery()
    query = sa.select(pieces.c.body).where(pieces.c.account_key == of_account).order_by(pieces.c.id)
    return list(conn.execute(query).scalars())
