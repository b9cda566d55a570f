"""SQL that stores an accepted message: its row, recipients and sealed body, and makes its account's lane due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from functools import cache
from typing import Any

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.sending import sending_lanes, submission_bodies, submission_recipients, submissions
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts
from postroom.storage.upsert import insert_into
from postroom.storage.wakeups import wake
from postroom.submission.model import TOPIC, RecipientState

# The lock keeps the account until the transaction ends, so the rows never refer to an account that is gone.
_ACCOUNT = (
    sa.select(accounts.c.key)
    .where(accounts.c.account == sa.bindparam("account"))
    .with_for_update(read=True, key_share=True)
)
_INSERT_RECIPIENT = sa.insert(submission_recipients)
_INSERT_BODY = sa.insert(submission_bodies)
_SAME = sa.select(submissions.c.account, submissions.c.message_id).where(
    submissions.c.queue_id == sa.bindparam("queue_id")
)


@dataclass(frozen=True, slots=True)
class NewSubmission:
    """A message as it is stored: its row by column, without the account's key; its recipients; its sealed pieces."""

    row: dict[str, object]
    recipients: tuple[str, ...]
    pieces: Sequence[bytes] = field(repr=False)

    @property
    def account(self) -> str:
        """The id of its account."""
        return str(self.row["account"])


def account_key(conn: Connection, account: str) -> int | None:
    """Return the key of an account and keep the account until the transaction ends; None when there is none."""
    key: int | None = conn.execute(_ACCOUNT, {"account": account}).scalar_one_or_none()
    return key


def insert(conn: Connection, key: int, new: NewSubmission, next_at: int) -> bool:
    """Store a message of the account with this key and make its lane due at `next_at`.

    False when its queue id is taken; then nothing was stored.
    """
    store = _insert_at_once if conn.dialect.name == "postgresql" else _insert_one_by_one
    if not store(conn, key, new, next_at):
        return False
    wake(conn, TOPIC, new.account)
    return True


def _insert_one_by_one(conn: Connection, key: int, new: NewSubmission, next_at: int) -> bool:
    row = {**new.row, "account_key": key}
    found = conn.execute(_insert_statement(conn.dialect.name), row).scalar_one_or_none()
    if found is None:
        return False
    conn.execute(_INSERT_RECIPIENT, [_recipient(found, *each) for each in enumerate(new.recipients)])
    if new.pieces:
        conn.execute(_INSERT_BODY, [_piece(found, *each) for each in enumerate(new.pieces)])
    make_due(conn, key, next_at)
    return True


def _insert_at_once(conn: Connection, key: int, new: NewSubmission, next_at: int) -> bool:
    """The same in one statement, because each costs a way to the server and back."""
    row = {**new.row, "account_key": key, "b_due": next_at}
    lists = {"b_addresses": list(new.recipients), "b_pieces": list(new.pieces)}
    return conn.execute(_all_statement(tuple(new.row)), {**row, **lists}).scalar_one_or_none() is not None


def is_stored(conn: Connection, new: NewSubmission) -> bool:
    """Say whether the message with this queue id is this one."""
    row = conn.execute(_SAME, {"queue_id": new.row["queue_id"]}).one_or_none()
    return row is not None and tuple(row) == (new.row["account"], new.row["message_id"])


def make_due(conn: Connection, key: int, next_at: int) -> None:
    """Make the lane of an account due at `next_at` at the latest.

    A claimed lane keeps its time, which is the end of the lease. The update locks its row all the same, so the process
    that has it sees the new message before it lets the lane go.
    """
    conn.execute(_due_statement(conn.dialect.name), {"account_key": key, "next_at": next_at})


@cache
def _insert_statement(dialect: str) -> Any:
    insert = insert_into(submissions, dialect)
    return insert.on_conflict_do_nothing(index_elements=["queue_id"]).returning(submissions.c.id)


@cache
def _all_statement(columns: tuple[str, ...]) -> Any:
    from sqlalchemy.dialects.postgresql import ARRAY

    values = {name: sa.bindparam(name, type_=submissions.c[name].type) for name in (*columns, "account_key")}
    stored = _insert_statement("postgresql").values(values).cte("stored")
    addresses = sa.bindparam("b_addresses", type_=ARRAY(sa.Text))
    pieces = sa.bindparam("b_pieces", type_=ARRAY(sa.LargeBinary))
    lane = sa.select(values["account_key"], sa.bindparam("b_due", type_=sa.BigInteger)).select_from(stored)
    due = _due(insert_into(sending_lanes, "postgresql").from_select(["account_key", "next_at"], lane))
    parts = (
        _each(stored, submission_recipients, addresses, "address", state=RecipientState.QUEUED.value),
        _each(stored, submission_bodies, pieces, "sealed"),
        due,
    )
    names = ("recipients", "bodies", "lane")
    query = sa.select(stored.c.id).add_cte(*(part.cte(name) for part, name in zip(parts, names, strict=True)))
    return query.execution_options(changes=True)


def _each(stored: sa.CTE, table: sa.Table, values: sa.BindParameter[Any], column: str, **same: str) -> sa.Insert:
    """Return the insert of a row for each value of a list, with its place in it."""
    value = (
        sa.func.unnest(values).table_valued("value", with_ordinality="number", name=f"each_{column}").render_derived()
    )
    found = sa.select(
        stored.c.id, value.c.number - 1, value.c.value, *(sa.literal_column(f"'{text}'") for text in same.values())
    )
    rows = found.select_from(stored.join(value, sa.true()))
    return sa.insert(table).from_select(["submission", "place", column, *same], rows)


@cache
def _due_statement(dialect: str) -> Any:
    return _due(insert_into(sending_lanes, dialect))


def _due(insert: Any) -> Any:
    has, wanted = sending_lanes.c.next_at, insert.excluded.next_at
    keeps = sending_lanes.c.claimed_by.is_not(None) | (has <= wanted)
    due = sa.case((keeps, has), else_=wanted)
    return insert.on_conflict_do_update(index_elements=["account_key"], set_={"next_at": due})


def _recipient(submission: int, place: int, address: str) -> dict[str, object]:
    return {"submission": submission, "place": place, "address": address, "state": RecipientState.QUEUED.value}


def _piece(submission: int, place: int, sealed: bytes) -> dict[str, object]:
    return {"submission": submission, "place": place, "sealed": sealed}
