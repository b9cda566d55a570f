"""What PostgreSQL's errors mean: which are about the server or the line, and which ask for another try."""

from __future__ import annotations

from typing import Any, Final

import asyncpg
import sqlalchemy as sa

from postroom.errors import StorageUnavailable

__all__ = [
    "ABORTED",
    "DRIVER_ERRORS",
    "READ_ONLY",
    "is_again",
    "is_refusal",
    "sqlstate",
    "unavailable",
]

DRIVER_ERRORS: Final = (
    sa.exc.DBAPIError,
    sa.exc.TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    asyncpg.InternalClientError,
)
READ_ONLY: Final = "25006"
ABORTED: Final = "25P02"
"""The transaction had failed before."""
# Serialization failures and deadlocks: PostgreSQL undid the work and asks for another try. A unique violation belongs
# here too (PostgreSQL 13.5.2): two transactions may both have seen a name free. The second try then finds it taken and
# raises its own error.
_AGAIN: Final = frozenset({"40001", "40P01", "23505"})
# Classes of SQLSTATE: connection, credentials, no such database, resources, operator, system.
_NOT_NOW: Final = ("08", "28", "3D", "53", "57", "58")
# Read-only, ended while idle in a transaction, lock not available.
_NOT_NOW_STATES: Final = frozenset({READ_ONLY, "25P03", "55P03"})
# "Transaction resolution unknown" and "statement completion unknown"; poolers and proxies answer with these.
_UNRESOLVED: Final = frozenset({"08007", "40003"})


def sqlstate(error: BaseException) -> str | None:
    """Return the five-character code of PostgreSQL, wherever the drivers put it."""
    original: Any = getattr(error, "orig", error)
    return getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)


def unavailable(error: BaseException) -> StorageUnavailable | None:
    """Return the verdict for errors that mean "not now": connection lost or refused, starting, stopping, disk full."""
    state = sqlstate(error) or ""
    lost = isinstance(error, OSError | sa.exc.InterfaceError | sa.exc.TimeoutError | asyncpg.InterfaceError)
    # The driver found no server of the wanted kind, or did not understand the one it found.
    lost = lost or isinstance(_cause(error), asyncpg.InternalClientError)
    if lost or _ended(error) or state.startswith(_NOT_NOW) or state in _NOT_NOW_STATES:
        detail = str(getattr(error, "orig", error)) or type(error).__name__
        return StorageUnavailable(f"The database cannot be used now: {detail}", retry_after=1.0)
    return None


def is_again(error: BaseException) -> bool:
    """Say whether PostgreSQL undid the work and another try may succeed."""
    # Another process changed the schema. The driver has forgotten its prepared statements now.
    is_stale = isinstance(_cause(error), asyncpg.InvalidCachedStatementError)
    return is_stale or sqlstate(error) in _AGAIN


def _cause(error: BaseException) -> BaseException:
    """Return the driver's error, which SQLAlchemy wraps twice."""
    original: BaseException = getattr(error, "orig", error)
    return original.__cause__ or original


def _ended(error: BaseException) -> bool:
    return isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated


def is_refusal(error: BaseException) -> bool:
    """Say whether the server answered a COMMIT with an error and so undid the transaction.

    Only the severity ERROR is such an answer. FATAL and PANIC end the session, possibly after the commit: for example
    when an administrator ends a session that waits for its standby. The drivers' own errors have no severity.
    """
    original = getattr(error, "orig", error)
    answered = original.__cause__ if isinstance(original.__cause__, asyncpg.PostgresError) else original
    return getattr(answered, "severity_en", None) == "ERROR" and sqlstate(error) not in _UNRESOLVED
