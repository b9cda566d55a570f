"""File descriptors: how many this process may have, what it needs for itself, and how many accounts that leaves."""

from __future__ import annotations

import errno
import os
import resource
import socket
from dataclasses import dataclass
from typing import Final

from postroom.settings import Settings

__all__ = ["Budget", "budget_of", "hard_limit", "keep_some_free", "raise_limit", "soft_limit"]

MOST: Final = 1_048_576
"""No more are asked for, though some systems allow a thousand times as many."""

SPARE_CONNECTIONS: Final = 16
"""Connections for sign-ins that somebody waits for, when accounts hold all others: verification, diagnosis."""

_PROCESS: Final = 32
_NAMES: Final = 16
_WEB: Final = 20
# What each engine opens at most: the pool of PostgreSQL twice over with the heartbeat, the listener and a migration;
# three files for each of SQLite's connections, and their temporary ones.
_DATABASE: Final = {"postgresql": 24, "sqlite": 12}
_FEWEST_CLIENTS: Final = 32
_LAST_PART: Final = 16
_MOST_KEPT_FREE: Final = 256


@dataclass(frozen=True, slots=True)
class Budget:
    """Descriptors of one process: `limit` in all, `reserve` for all but mail servers, `clients` of it for the API."""

    limit: int
    reserve: int
    clients: int

    @property
    def connections(self) -> int:
        """Connections to mail servers at a time: at least a quarter of the limit, however little is left."""
        return max(self.limit - self.reserve, self.limit // 4, 1)

    @property
    def is_short(self) -> bool:
        """Whether the reserve is not there in full."""
        return self.limit - self.reserve < self.limit // 4


def budget_of(settings: Settings, limit: int | None = None) -> Budget:
    """Return the budget of one process under a limit, the present one if none is given.

    Database, webhooks, token requests, name resolution and the process itself have what they open at most; clients of
    the API have an eighth of the limit, but 32 at least, and no more than the operator lets in.
    """
    limit = soft_limit() if limit is None else limit
    engine = "sqlite" if settings.sqlite_file is not None else "postgresql"
    clients = min(max(limit // 8, _FEWEST_CLIENTS), settings.max_connections)
    ours = _PROCESS + _NAMES + _WEB + _DATABASE[engine] + settings.webhook_concurrency
    return Budget(limit, ours + clients + SPARE_CONNECTIONS, clients)


def soft_limit() -> int:
    """Return how many descriptors this process may have now."""
    return _bounded(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def hard_limit() -> int:
    """Return how many it may have once `raise_limit` was called."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(_bounded(soft), _bounded(hard))


def raise_limit() -> int:
    """Raise the soft limit to the hard one; return the limit that holds. A system that refuses keeps what it has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _bounded(hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        except (OSError, ValueError):
            return soft_limit()
    return soft_limit()


def keep_some_free(connection: socket.socket) -> None:
    """Close a new socket to a mail server that took one of the last descriptors. Raises OSError (EMFILE).

    Accounts wait for their turn long before; but one of them may open several connections at once, to race addresses.
    The system gives the lowest free number, so those above this line are left to the database and the API.
    """
    limit = soft_limit()
    if connection.fileno() >= limit - min(limit // _LAST_PART, _MOST_KEPT_FREE):
        connection.close()
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def _bounded(limit: int) -> int:
    return MOST if limit == resource.RLIM_INFINITY else min(limit, MOST)
