"""SQL for API tokens. Functions of an open connection; no decisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from postroom.access.tokens import RateLimit, Token
from postroom.storage.statements.connection import Connection
from postroom.storage.statements.results import TableRow
from postroom.storage.tables import accounts, tokens

# Ids in one statement.
_AT_ONCE: Final = 500
_COLUMNS: tuple[sa.Column[Any], ...] = (
    tokens.c.id,
    tokens.c.description,
    tokens.c.scopes,
    tokens.c.created_at,
    tokens.c.account,
    tokens.c.metadata,
    tokens.c.restrictions,
    tokens.c.permissions,
    tokens.c.expires_at,
    tokens.c.created_ip,
    tokens.c.used_at,
    tokens.c.used_ip,
)


# A token is deleted with its account in one transaction. So the account that now has the id is the one it is bound to.
_HOLDER = accounts.c.key.label("account_key")
_WITH_HOLDER: sa.Select[Any] = sa.select(*_COLUMNS, _HOLDER).outerjoin(accounts, accounts.c.account == tokens.c.account)
_BY_ID = _WITH_HOLDER.where(tokens.c.id == sa.bindparam("id"))


def _token(row: TableRow[*tuple[Any, ...]]) -> Token:
    values = dict(row._asdict())
    restrictions = values.pop("restrictions") or {}
    values["scopes"] = tuple(values["scopes"])
    rate = restrictions.get("rateLimit")
    return Token(
        **values,
        addresses=tuple(restrictions.get("addresses", ())),
        referrers=tuple(restrictions.get("referrers", ())),
        rate_limit=RateLimit(rate["maxRequests"], rate["timeWindow"]) if rate else None,
    )


def _restrictions(token: Token) -> Mapping[str, object] | None:
    rate = token.rate_limit
    found: dict[str, object] = {"addresses": list(token.addresses)} if token.addresses else {}
    if token.referrers:
        found["referrers"] = list(token.referrers)
    if rate is not None:
        found["rateLimit"] = {"maxRequests": rate.max_requests, "timeWindow": rate.time_window}
    return found or None


def insert(conn: Connection, token: Token) -> None:
    """Store a new token."""
    conn.execute(
        sa.insert(tokens),
        {
            "id": token.id,
            "account": token.account,
            "description": token.description,
            "scopes": list(token.scopes),
            "metadata": token.metadata,
            "restrictions": _restrictions(token),
            "permissions": token.permissions,
            "expires_at": token.expires_at,
            "created_at": token.created_at,
            "created_ip": token.created_ip,
        },
    )


def find(conn: Connection, id_: str) -> Token | None:
    """Return the token with this id, and the key of the account it is bound to."""
    row = conn.execute(_BY_ID, {"id": id_}).one_or_none()
    # A token bound to an account that does not exist is not valid.
    return None if row is None or (row.account is not None and row.account_key is None) else _token(row)


def delete(conn: Connection, id_: str) -> bool:
    """Remove a token; return whether there was one."""
    return bool(conn.execute(sa.delete(tokens).where(tokens.c.id == id_)).rowcount)


def page(conn: Connection, account: str | None, text: str | None, number: int, size: int) -> tuple[int, list[Token]]:
    """Return how many tokens match, and one page of them, newest first."""
    conditions: list[sa.ColumnElement[bool]] = []
    if account is not None:
        conditions.append(tokens.c.account == account)
    if text:
        folded = text.lower()
        searched = (tokens.c.description, tokens.c.id, sa.func.coalesce(tokens.c.account, ""))
        conditions.append(sa.or_(*(sa.func.lower(column).contains(folded, autoescape=True) for column in searched)))
    total = int(conn.execute(sa.select(sa.func.count()).select_from(tokens).where(*conditions)).scalar_one())
    newest = sa.select(*_COLUMNS).where(*conditions).order_by(tokens.c.created_at.desc(), tokens.c.id)
    return total, [_token(row) for row in conn.execute(newest.limit(size).offset(number * size))]


def count(conn: Connection) -> int:
    """Return how many tokens there are."""
    return int(conn.execute(sa.select(sa.func.count()).select_from(tokens)).scalar_one())


def good(conn: Connection, ids: Sequence[str], now: int) -> set[str]:
    """Return which of these tokens exist and have not expired."""
    lasts = tokens.c.expires_at.is_(None) | (tokens.c.expires_at > now)
    found: set[str] = set()
    for begin in range(0, len(ids), _AT_ONCE):
        some = sa.select(tokens.c.id).where(tokens.c.id.in_(ids[begin : begin + _AT_ONCE]), lasts)
        found.update(conn.execute(some).scalars())
    return found


def touch_all(conn: Connection, used: Mapping[str, str | None], at: int) -> None:
    """Record the use of these tokens; `used` maps their ids to the addresses they were used from."""
    noted = (
        sa.update(tokens).where(tokens.c.id == sa.bindparam("of")).values(used_ip=sa.bindparam("address"), used_at=at)
    )
    conn.execute(noted, [{"of": id_, "address": address} for id_, address in sorted(used.items())])


def touch(conn: Connection, id_: str, at: int, address: str | None) -> None:
    """Record when and from where a token was last used."""
    conn.execute(sa.update(tokens).where(tokens.c.id == id_).values(used_at=at, used_ip=address))


def hold_account(conn: Connection, account: str) -> bool:
    """Say whether an account exists; if so, it cannot be deleted during this transaction."""
    found = sa.select(accounts.c.key).where(accounts.c.account == account).with_for_update(read=True, key_share=True)
    return conn.execute(found).one_or_none() is not None
