"""SQL for the list of nodes and the request to drain one.

Each node writes its own row. Only the request to drain is written by the API.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from postroom.accounts.store import database_time
from postroom.cluster.node import Node, NodeNotFound
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import nodes
from postroom.storage.wakeups import wake

TOPIC: Final = "nodes"


def members(conn: Connection) -> list[Node]:
    """Return all nodes, in the order in which they joined."""
    now = database_time(conn)
    found = conn.execute(sa.select(nodes).order_by(nodes.c.started_at, nodes.c.id))
    return [
        Node(
            row.id,
            row.host,
            row.version,
            row.started_at,
            row.heartbeat_at,
            row.draining,
            row.accounts,
            row.load,
            row.taken_over,
            row.handed_over,
            max(0, now - row.heartbeat_at),
        )
        for row in found
    ]


def set_draining(conn: Connection, node: str, wanted: bool) -> None:
    """Ask a node to hand over its accounts, or to take accounts again. Raises NodeNotFound."""
    statement = sa.update(nodes).where(nodes.c.id == node).values(draining=wanted)
    if conn.execute(statement).rowcount == 0:
        raise NodeNotFound("Node was not found for requested ID")
    wake(conn, TOPIC, node)
