"""One node of the cluster as callers see it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass


class NodeNotFound(Permanent):
    """No node in the cluster has this id."""

    code = "NodeNotFound"


class NodeLoad(TypedDict, total=False):
    """The load of a node: `cpu` in processors, `memory` in bytes, `waiting` sign-ins by the cause.

    `connections` to mail servers are open or being opened, of at most `most_connections`. `transactions` of the
    database have not ended.

    Other versions may leave something out.
    """

    cpu: float
    memory: int
    runners: int
    waiting: Mapping[str, int]
    connections: int
    most_connections: int
    transactions: int


@dataclass(frozen=True, slots=True)
class Node:
    """One process of the cluster. Times are milliseconds since 1970 by the database's clock, `age` milliseconds.

    `accounts` is the number of accounts it runs, None for a version that does not report it. `load` has `cpu`
    (processors in use), `memory` (bytes), `runners` and `waiting` (waiting sign-ins by cause). `age` is the time since
    the last heartbeat.
    """

    id: str
    host: str
    version: str
    started_at: int
    heartbeat_at: int
    draining: bool
    accounts: int | None
    load: NodeLoad | None
    taken_over: int
    handed_over: int
    age: int
