"""The SQL for the numbers that stand for folders in message ids: one for each path and UIDVALIDITY of an account.

The sync gives a number to each folder it opens; a caller's request gives one to a folder that nobody opened before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, mailbox_numbers

__all__ = ["Numbered", "find_number", "find_numbered", "lock", "move", "number", "numbers"]


class Numbered(NamedTuple):
    """The folder that a number stands for. Its path is the newest one known; the UIDVALIDITY never changes."""

    path: str
    uidvalidity: int


def _numbers(dialect: str) -> sa.CompoundSelect[Any]:
    """Return the numbers of the folders whose paths are in a JSON list, and a last row with the highest number.

    A list of any length is the same statement. The last row has no path.
    """
    of, paths = sa.bindparam("of", type_=sa.BigInteger), sa.bindparam("paths", type_=sa.Text)
    if dialect == "sqlite":
        listed = sa.func.json_each(paths).table_valued("value")
    else:
        listed = sa.func.json_array_elements_text(sa.cast(paths, sa.JSON)).table_valued("value")
    columns = mailbox_numbers.c
    mine = columns.account_key == of
    return sa.union_all(
        sa.select(columns.path, columns.uidvalidity, columns.number).where(
            mine, columns.path.in_(sa.select(listed.c.value))
        ),
        sa.select(sa.null(), sa.null(), sa.func.coalesce(sa.func.max(columns.number), 0)).where(mine),
    )


_NUMBERS = {dialect: _numbers(dialect) for dialect in ("sqlite", "postgresql")}
_INSERT_NUMBERS = sa.insert(mailbox_numbers)
_FIND = sa.select(mailbox_numbers.c.path, mailbox_numbers.c.uidvalidity).where(
    mailbox_numbers.c.account_key == sa.bindparam("of"), mailbox_numbers.c.number == sa.bindparam("number")
)
_FIND_NUMBER = sa.select(mailbox_numbers.c.number).where(
    mailbox_numbers.c.account_key == sa.bindparam("of"),
    mailbox_numbers.c.path == sa.bindparam("path"),
    mailbox_numbers.c.uidvalidity == sa.bindparam("uidvalidity"),
)
_AT_PATHS = sa.select(mailbox_numbers.c.number, mailbox_numbers.c.path, mailbox_numbers.c.uidvalidity).where(
    mailbox_numbers.c.account_key == sa.bindparam("of"),
    mailbox_numbers.c.path.in_(sa.bindparam("paths", expanding=True)),
)
_MOVE = (
    sa.update(mailbox_numbers)
    .where(mailbox_numbers.c.account_key == sa.bindparam("of"), mailbox_numbers.c.number == sa.bindparam("moved"))
    .values(path=sa.bindparam("to"))
)
_LOCK = sa.select(accounts.c.key).where(accounts.c.key == sa.bindparam("of")).with_for_update()


def find_numbered(conn: Connection, account_key: int, number: int) -> Numbered | None:
    """Return the folder that a number stands for."""
    row = conn.execute(_FIND, {"of": account_key, "number": number}).first()
    return None if row is None else Numbered(*row)


def find_number(conn: Connection, account_key: int, path: str, uidvalidity: int) -> int | None:
    """Return the number of a folder, None if it has none."""
    return conn.execute(_FIND_NUMBER, {"of": account_key, "path": path, "uidvalidity": uidvalidity}).scalar()


def lock(conn: Connection, account_key: int) -> bool:
    """Lock the account's row for this transaction; return whether there is one.

    A caller without a lease does this before it asks for a number. On SQLite a transaction that writes is alone anyway.
    """
    return conn.execute(_LOCK, {"of": account_key}).first() is not None


def move(conn: Connection, account_key: int, moves: Mapping[str, str]) -> None:
    """Let the numbers of renamed folders follow them: new path by old path. Call `lock` before.

    A new path that already has a number for the same UIDVALIDITY keeps that one. The UIDVALIDITY stays with its number,
    so a server that gives a renamed folder a new one gets new numbers.
    """
    stored = conn.execute(_AT_PATHS, {"of": account_key, "paths": [*moves, *moves.values()]}).all()
    taken = {(path, uidvalidity) for _, path, uidvalidity in stored}
    for number, path, uidvalidity in stored:
        new = moves.get(path)
        if new is not None and (new, uidvalidity) not in taken:
            conn.execute(_MOVE, {"of": account_key, "moved": number, "to": new})


def number(conn: Connection, account_key: int, path: str, uidvalidity: int) -> int:
    """Return the number that stands for a folder and its UIDVALIDITY in message ids. The first call creates it."""
    return numbers(conn, account_key, [(path, uidvalidity)])[0]


def numbers(conn: Connection, account_key: int, wanted: Sequence[tuple[str, int]]) -> list[int]:
    """Return the numbers of several folders, given as (path, UIDVALIDITY), in their order. The first call creates them.

    Two transactions must not do this for one account at the same time. The check of the lease, or `lock`, comes first
    and prevents it.
    """
    paths = orjson.dumps([path for path, _ in wanted]).decode()
    stored = conn.execute(_NUMBERS[conn.dialect.name], {"of": account_key, "paths": paths}).all()
    known = {(path, uidvalidity): number for path, uidvalidity, number in stored if path is not None}
    highest = next(number for path, _, number in stored if path is None)
    new = [each for each in dict.fromkeys(wanted) if each not in known]
    known |= {each: highest + place for place, each in enumerate(new, 1)}
    if new:
        columns = [
            {"account_key": account_key, "number": known[path, uidvalidity], "path": path, "uidvalidity": uidvalidity}
            for path, uidvalidity in new
        ]
        conn.execute(_INSERT_NUMBERS, columns)
    return [known[each] for each in wanted]
