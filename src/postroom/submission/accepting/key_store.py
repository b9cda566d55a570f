"""SQL for idempotency keys: claimed by one request at a time, renewed, answered, released and pruned."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from postroom.footprint.dataclass import dataclass
from postroom.storage.schema.sending import idempotency_keys
from postroom.storage.statements.connection import Connection
from postroom.storage.upsert import insert_into

LEASE_MS: Final = 15_000
"""Milliseconds for which a request has its key. It is renewed while the request is worked on."""

_KEY = (
    idempotency_keys.c.account_key == sa.bindparam("b_account_key"),
    idempotency_keys.c.key == sa.bindparam("b_key"),
)
_MINE = (*_KEY, idempotency_keys.c.holder == sa.bindparam("b_holder"))
_UNANSWERED = idempotency_keys.c.answer.is_(sa.null())
_FIND = sa.select(
    idempotency_keys.c.fingerprint, idempotency_keys.c.holder, idempotency_keys.c.until, idempotency_keys.c.answer
).where(*_KEY)
_RENEW = sa.update(idempotency_keys).where(*_MINE, _UNANSWERED).values(until=sa.bindparam("b_until"))
_ANSWER = (
    sa.update(idempotency_keys)
    .where(*_MINE, _UNANSWERED)
    .values(until=sa.bindparam("b_until"), answer=sa.bindparam("b_answer", type_=idempotency_keys.c.answer.type))
)
_ANSWERED_BY_ME = sa.select(idempotency_keys.c.answer).where(*_MINE)
_RELEASE = sa.delete(idempotency_keys).where(*_MINE, _UNANSWERED)
_RELEASE_ALL = sa.delete(idempotency_keys).where(_UNANSWERED, idempotency_keys.c.until < sa.bindparam("b_until"))


@dataclass(frozen=True, slots=True)
class KeyHold:
    """The claim of one request on a key: the account's row, the key, and a random name of the request."""

    account_key: int
    key: str
    holder: str

    @property
    def _names(self) -> dict[str, object]:
        return {"b_account_key": self.account_key, "b_key": self.key, "b_holder": self.holder}


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What is stored of a key that another request has. `until` is in milliseconds since 1970."""

    fingerprint: str
    holder: str | None
    until: int
    answer: Mapping[str, object] | None


def claim(conn: Connection, hold: KeyHold, fingerprint: str, now: int, until: int) -> bool:
    """Claim a key until `until` (milliseconds since 1970). False when another request has it.

    A row whose time is over counts as absent: its request died, or its answer is no longer kept.
    """
    row = {"account_key": hold.account_key, "key": hold.key, "fingerprint": fingerprint, "holder": hold.holder}
    done = conn.execute(_claim_statement(conn.dialect.name), {**row, "until": until, "answer": None, "b_now": now})
    return done.rowcount == 1


@cache
def _claim_statement(dialect: str) -> Any:
    insert = insert_into(idempotency_keys, dialect)
    columns = ("fingerprint", "holder", "until", "answer")
    return insert.values({name: sa.bindparam(name) for name in ("account_key", "key", *columns)}).on_conflict_do_update(
        index_elements=["account_key", "key"],
        set_={name: insert.excluded[name] for name in columns},
        where=idempotency_keys.c.until <= sa.bindparam("b_now", type_=sa.BigInteger),
    )


def find(conn: Connection, account_key: int, key: str) -> KnownKey | None:
    """Return what is stored of a key."""
    row = conn.execute(_FIND, {"b_account_key": account_key, "b_key": key}).one_or_none()
    return KnownKey(*row) if row else None


def renew(conn: Connection, hold: KeyHold, until: int) -> None:
    """Prolong a claim that is still ours."""
    conn.execute(_RENEW, {**hold._names, "b_until": until})


def answer(conn: Connection, hold: KeyHold, given: Mapping[str, object], until: int) -> bool:
    """Store the answer of a request, to be kept until `until`. False when the claim is no longer ours."""
    return conn.execute(_ANSWER, {**hold._names, "b_until": until, "b_answer": given}).rowcount == 1


def answered(conn: Connection, hold: KeyHold) -> Mapping[str, object] | None:
    """Return the answer that this same request has stored."""
    found: Mapping[str, object] | None = conn.execute(_ANSWERED_BY_ME, hold._names).scalar_one_or_none()
    return found


def release(conn: Connection, hold: KeyHold) -> None:
    """Give up a claim that is still ours and has no answer."""
    conn.execute(_RELEASE, hold._names)


def release_all(conn: Connection, before: int) -> None:
    """Free the keys that were claimed before this time and have no answer: the process that had them is gone."""
    conn.execute(_RELEASE_ALL, {"b_until": before + LEASE_MS})


def prune(conn: Connection, now: int, limit: int) -> int:
    """Remove up to `limit` keys whose time is over; return how many."""
    old = (
        sa.select(idempotency_keys.c.account_key, idempotency_keys.c.key)
        .where(idempotency_keys.c.until <= now)
        .order_by(idempotency_keys.c.until)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = conn.execute(old).all()
    if rows:
        gone = sa.delete(idempotency_keys).where(*_KEY, idempotency_keys.c.until <= now)
        conn.execute(gone, [{"b_account_key": account_key, "b_key": key} for account_key, key in rows])
    return len(rows)
