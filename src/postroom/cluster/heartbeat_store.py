"""SQL for the heartbeats of nodes: join, renew, leave, and free the accounts of dead nodes."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.accounts.journal_store import abandon
from postroom.accounts.service import TOPIC
from postroom.accounts.store import database_time
from postroom.cluster.node import NodeLoad
from postroom.cluster.nodes_store import TOPIC as NODES_TOPIC
from postroom.cluster.shares import Member
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, nodes
from postroom.storage.wakeups import wake

_SILENT = sa.select(nodes.c.id).where(
    nodes.c.heartbeat_at < sa.bindparam("deadline"), nodes.c.id.is_distinct_from(sa.bindparam("by", type_=sa.Text))
)
_SILENT_HELD = _SILENT.with_for_update(skip_locked=True)
_BEAT = sa.update(nodes).where(nodes.c.id == sa.bindparam("of")).returning(nodes.c.draining)
_SHARING = sa.select(nodes.c.id, nodes.c.accounts, nodes.c.draining).order_by(nodes.c.id)


def enter(conn: Connection, node: str, host: str, version: str, *, draining: bool = False) -> None:
    """Add this node to the cluster."""
    now = database_time(conn)
    values = {"id": node, "host": host, "version": version, "started_at": now, "heartbeat_at": now}
    conn.execute(sa.insert(nodes), {**values, "accounts": 0, "draining": draining})
    wake(conn, NODES_TOPIC, node)


def beat(conn: Connection, node: str, running: int | None, load: NodeLoad) -> bool | None:
    """Renew this node's heartbeat. Return whether it shall drain, None when the others have declared it dead.

    `running` is the number of its accounts; None leaves the number that a claim has written.
    """
    values = {"heartbeat_at": database_time(conn), "load": load} | ({} if running is None else {"accounts": running})
    return conn.execute(_BEAT, {"of": node, **values}).scalar_one_or_none()


def leave(conn: Connection, node: str) -> None:
    """Free this node's accounts, remove its row, and wake the other nodes to claim them."""
    # Every transaction locks the node's row before accounts, so there are no deadlocks.
    conn.execute(sa.delete(nodes).where(nodes.c.id == node))
    free(conn, accounts.c.owner == node, "the gateway stopped")
    wake(conn, TOPIC)


def silent(conn: Connection, ttl_ms: int, by: str | None = None) -> list[str]:
    """Return the nodes whose heartbeat is older than `ttl_ms`, but for `by`. They may be alive again by now."""
    return conn.execute(_SILENT, {"deadline": database_time(conn) - ttl_ms, "by": by}).scalars()


def bury_dead(conn: Connection, ttl_ms: int, by: str | None = None) -> list[str]:
    """Remove the nodes whose heartbeat is older than `ttl_ms` and free their accounts; return their ids.

    `by` is the node that does this; its row counts the freed accounts.
    """
    dead = conn.execute(_SILENT_HELD, {"deadline": database_time(conn) - ttl_ms, "by": by}).scalars()
    if dead:
        freed = free(conn, accounts.c.owner.in_(dead), "the process that held the connection is gone")
        conn.execute(sa.delete(nodes).where(nodes.c.id.in_(dead)))
        # This comes last, because it locks this node's row and so delays its heartbeat.
        conn.execute(sa.update(nodes).where(nodes.c.id == by).values(taken_over=nodes.c.taken_over + freed))
        wake(conn, TOPIC)
    return dead


def free_all(conn: Connection) -> None:
    """Free every account. Only right where one process at a time can open the database (SQLite)."""
    free(conn, sa.true(), "the process that held the connection is gone")
    conn.execute(sa.delete(nodes))


def sharing(conn: Connection) -> list[Member]:
    """Return the nodes with the number of their accounts and whether they drain, for the sharing."""
    return [Member(*row) for row in conn.execute(_SHARING)]


def free(conn: Connection, which: sa.ColumnElement[bool], cause: str) -> int:
    """Remove the owner of accounts and mark them as no longer connected; return how many had an owner."""
    abandon(conn, which, database_time(conn), cause)
    return conn.execute(sa.update(accounts).where(which, accounts.c.owner.is_not(None)).values(owner=None)).rowcount
