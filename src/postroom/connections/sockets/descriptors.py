"""The budget of file descriptors: how many the process may have, needs for itself, and leaves for mail servers."""

from __future__ import annotations

import errno
import os
import resource
import socket
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.settings import Settings

__all__ = ["Budget", "budget_of", "hard_limit", "keep_some_free", "raise_limit", "soft_limit"]

MOST: Final = 1_048_576
"""The most that is asked for, although some systems allow a thousand times as many."""

SPARE_CONNECTIONS: Final = 16
"""Connections kept for sign-ins that a person waits for (verification, diagnosis) when accounts hold all others."""

_PROCESS: Final = 32
_NAMES: Final = 16
_WEB: Final = 20
# The most that each engine opens. PostgreSQL: twice the pool, the heartbeat, the listener and a migration. SQLite:
# three files for each connection, and its temporary files.
_DATABASE: Final = {"postgresql": 24, "sqlite": 12}
_FEWEST_CLIENTS: Final = 32
_LAST_PART: Final = 16
_MOST_KEPT_FREE: Final = 256


@dataclass(frozen=True, slots=True)
class Budget:
    """Descriptors of one process: `limit` in all, `reserve` for all but mail servers, of it `clients` for the API."""

    limit: int
    reserve: int
    clients: int

    @property
    def connections(self) -> int:
        """Connections to mail servers at a time: at least a quarter of the limit, even if the reserve becomes short."""
        return max(self.limit - self.reserve, self.limit // 4, 1)

    @property
    def is_short(self) -> bool:
        """Whether the reserve is incomplete."""
        return self.limit - self.reserve < self.limit // 4


def budget_of(settings: Settings, limit: int | None = None) -> Budget:
    """Return the budget of one process under a limit; the present limit if none is given.

    Database, webhooks, token requests, name resolution and the process itself get the most they can open. Clients of
    the API get an eighth of the limit, at least 32, and no more than the operator allows.
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
    """Return how many it may have after `raise_limit`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(_bounded(soft), _bounded(hard))


def raise_limit() -> int:
    """Raise the soft limit to the hard one; returns the limit in force. If the system refuses, nothing changes."""
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

    Accounts normally wait long before that, but one of them may open several connections at once to race addresses. The
    system always gives the lowest free number, so numbers above this limit stay free for the database and the API.
    """
    limit = soft_limit()
    if connection.fileno() >= limit - min(limit // _LAST_PART, _MOST_KEPT_FREE):
        connection.close()
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def _bounded(limit: int) -> int:
    return MOST if limit == resource.RLIM_INFINITY else min(limit, MOST)
