"""SQL for ownership: nodes and their heartbeats, claiming accounts, and what a runner needs to begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from postroom.accounts.journal import abandon
from postroom.accounts.lifecycle import State
from postroom.accounts.model import Lease
from postroom.storage.tables import account_settings, account_status, accounts, nodes

_RESTING = sa.and_(accounts.c.parked_revision.is_not(None), accounts.c.parked_revision == accounts.c.revision)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the rows want of an account that this node owns."""

    key: int
    account: str
    revision: int
    sync_revision: int
    epoch: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a runner begins with; `document` is masked, `sealed` holds its secrets."""

    lease: Lease
    wanted: str
    flush_pending: bool
    sync_revision: int
    state: State
    failures: int
    next_attempt: int | None
    initialized: bool
    error_since: int | None
    document: dict[str, Any]
    sealed: str | None


def database_time(conn: sa.Connection) -> int:
    """Return the database's clock in milliseconds, the one clock all nodes share."""
    if conn.dialect.name == "sqlite":
        query = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"
    else:
        query = "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
    return int(conn.execute(sa.text(query)).scalar_one())


def enter(conn: sa.Connection, node: str, host: str, version: str) -> None:
    """Add this node to the cluster."""
    now = database_time(conn)
    values = {"id": node, "host": host, "version": version, "started_at": now, "heartbeat_at": now}
    conn.execute(sa.insert(nodes), values)


def beat(conn: sa.Connection, node: str) -> bool:
    """Renew this node's heartbeat; False when the others have already declared it dead."""
    statement = sa.update(nodes).where(nodes.c.id == node).values(heartbeat_at=database_time(conn))
    return conn.execute(statement).rowcount == 1


def leave(conn: sa.Connection, node: str) -> None:
    """Give up everything this node owns, and take it off the list."""
    _free(conn, accounts.c.owner == node, "the gateway stopped")
    conn.execute(sa.delete(nodes).where(nodes.c.id == node))


def bury_dead(conn: sa.Connection, ttl_ms: int) -> list[str]:
    """Take nodes without a heartbeat off the list and free their accounts; return their ids."""
    deadline = database_time(conn) - ttl_ms
    dead = list(
        conn.execute(sa.select(nodes.c.id).where(nodes.c.heartbeat_at < deadline).with_for_update(skip_locked=True))
        .scalars()
        .all()
    )
    if dead:
        _free(conn, accounts.c.owner.in_(dead), "the process that held the connection is gone")
        conn.execute(sa.delete(nodes).where(nodes.c.id.in_(dead)))
    return dead


def free_all(conn: sa.Connection) -> None:
    """Free every account: right only where one process at a time can have the database (SQLite)."""
    _free(conn, sa.true(), "the process that held the connection is gone")
    conn.execute(sa.delete(nodes))


def _free(conn: sa.Connection, which: sa.ColumnElement[bool], cause: str) -> None:
    """Take the owner from accounts, and with it the word that they are connected."""
    abandon(conn, which, database_time(conn), cause)
    conn.execute(sa.update(accounts).where(which, accounts.c.owner.is_not(None)).values(owner=None))


def claim(conn: sa.Connection, node: str, limit: int) -> list[Assignment]:
    """Take up to `limit` accounts that nobody owns and that have something to do; each gets a new epoch."""
    free = (
        sa.select(accounts.c.key)
        .where(accounts.c.owner.is_(None), sa.not_(_RESTING) | accounts.c.parked_revision.is_(None))
        .order_by(accounts.c.key)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = list(conn.execute(free).scalars())
    if not keys:
        return []
    conn.execute(sa.update(accounts).where(accounts.c.key.in_(keys)).values(owner=node, epoch=accounts.c.epoch + 1))
    return assignments(conn, node, keys)


def assignments(conn: sa.Connection, node: str, keys: Sequence[int]) -> list[Assignment]:
    """Return what runners of these accounts begin with, as far as this node still owns them."""
    query = (
        sa.select(
            accounts.c.key,
            accounts.c.account,
            accounts.c.epoch,
            accounts.c.revision,
            accounts.c.wanted,
            accounts.c.flush_pending,
            accounts.c.sync_revision,
            accounts.c.state,
            accounts.c.failures,
            accounts.c.next_attempt,
            account_status.c.initialized,
            account_status.c.error_since,
            account_settings.c.document,
            account_settings.c.secrets,
        )
        .join(account_status, account_status.c.account_key == accounts.c.key)
        .join(account_settings, account_settings.c.account_key == accounts.c.key)
        .where(accounts.c.key.in_(keys), accounts.c.owner == node)
        .order_by(accounts.c.key)
    )
    return [
        Assignment(
            Lease(row.key, row.account, node, row.epoch, row.revision),
            row.wanted,
            row.flush_pending,
            row.sync_revision,
            State(row.state),
            row.failures,
            row.next_attempt,
            row.initialized,
            row.error_since,
            row.document,
            row.secrets,
        )
        for row in conn.execute(query)
    ]


def owned(conn: sa.Connection, node: str, ids: Sequence[str] | None = None) -> list[Wanted]:
    """Return what is wanted of the accounts this node owns, all of them or those with the given ids."""
    columns = (accounts.c.key, accounts.c.account, accounts.c.revision, accounts.c.sync_revision, accounts.c.epoch)
    query = sa.select(*columns).where(accounts.c.owner == node)
    if ids is not None:
        query = query.where(accounts.c.account.in_(ids))
    return [Wanted(*row) for row in conn.execute(query)]


def release(conn: sa.Connection, lease: Lease) -> None:
    """Give an account back, unless another node has it already."""
    mine = sa.and_(accounts.c.key == lease.key, accounts.c.owner == lease.owner, accounts.c.epoch == lease.epoch)
    # A revision that has moved on is taken up at once, and whoever moved it has said what becomes of the account.
    abandon(
        conn, sa.and_(mine, accounts.c.revision == lease.revision), database_time(conn), "the connection was given up"
    )
    conn.execute(sa.update(accounts).where(mine).values(owner=None))


def settle(conn: sa.Connection, lease: Lease) -> None:
    """Forget earlier failures: the connection has proved itself."""
    conn.execute(
        sa.update(accounts)
        .where(accounts.c.key == lease.key, accounts.c.epoch == lease.epoch, accounts.c.revision == lease.revision)
        .values(failures=0)
    )
