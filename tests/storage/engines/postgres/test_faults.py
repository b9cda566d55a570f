"""Verdicts on PostgreSQL's errors."""

from __future__ import annotations

import asyncpg
import pytest
import sqlalchemy as sa

from postroom.storage.engines.postgres.faults import is_again, is_refusal, sqlstate, unavailable


def error(kind: type[asyncpg.PostgresError], severity: str = "ERROR") -> asyncpg.PostgresError:
    made = kind("the server said so")
    made.severity_en = severity
    return made


def wrapped(cause: Exception) -> sa.exc.DBAPIError:
    """As SQLAlchemy shows an error of the driver."""
    adapted = Exception(str(cause))
    adapted.__cause__ = cause
    return sa.exc.InternalError("SELECT", None, adapted)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (ConnectionRefusedError("refused"), True),
        (TimeoutError(), True),
        (asyncpg.InterfaceError("closed"), True),
        (error(asyncpg.CannotConnectNowError), True),
        (error(asyncpg.DiskFullError), True),
        (error(asyncpg.ReadOnlySQLTransactionError), True),
        (error(asyncpg.LockNotAvailableError), True),
        (asyncpg.TargetServerAttributeNotMatched("no server that takes writes"), True),
        (wrapped(asyncpg.TargetServerAttributeNotMatched("no server that takes writes")), True),
        (wrapped(error(asyncpg.UndefinedTableError)), False),
        (error(asyncpg.UniqueViolationError), False),
        (error(asyncpg.UndefinedTableError), False),
        (ValueError("ours"), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else str(value),
)
def test_only_faults_of_the_server_or_the_line_mean_not_now(fault: BaseException, expected: bool) -> None:
    verdict = unavailable(fault)
    assert (verdict is not None) is expected
    assert verdict is None or verdict.retry_after


@pytest.mark.parametrize(
    "kind", [asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError]
)
def test_conflicts_are_tried_again(kind: type[asyncpg.PostgresError]) -> None:
    assert is_again(error(kind))
    assert is_again(asyncpg.InvalidCachedStatementError("the schema has changed"))
    assert not is_again(error(asyncpg.NotNullViolationError))


def test_the_code_is_found_below_the_library_s_error() -> None:
    wrapped = sa.exc.IntegrityError("INSERT", None, error(asyncpg.UniqueViolationError))
    assert sqlstate(wrapped) == "23505"
    assert sqlstate(ValueError()) is None


def test_only_an_error_that_leaves_the_session_alive_is_a_refusal() -> None:
    assert is_refusal(error(asyncpg.ForeignKeyViolationError))
    assert not is_refusal(error(asyncpg.AdminShutdownError, "FATAL"))
    assert not is_refusal(error(asyncpg.TransactionResolutionUnknownError))
    assert not is_refusal(ConnectionResetError())
