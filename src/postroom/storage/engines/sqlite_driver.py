"""Runs compiled statements on a connection of the standard library's SQLite driver."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NoReturn

import sqlalchemy as sa

from postroom.storage.statements.plans import StatementPlan

__all__ = ["SqliteDriver", "raw_connection"]


class SqliteDriver:
    """The connection of one thread."""

    joins = False

    __slots__ = ("_raw", "library")

    def __init__(self, library: sa.Connection) -> None:
        self.library = library
        self._raw = raw_connection(library)

    def run(self, plan: StatementPlan, arguments: Sequence[Any]) -> tuple[Sequence[Sequence[Any]], int]:
        try:
            cursor = self._raw.execute(plan.text, arguments)
            return (cursor.fetchall() if plan.returns_rows else ()), cursor.rowcount
        except sqlite3.Error as error:
            _raise_as_library(error, plan)

    def run_many(self, plan: StatementPlan, arguments: Sequence[Sequence[Any]]) -> int:
        try:
            return self._raw.executemany(plan.text, arguments).rowcount
        except sqlite3.Error as error:
            _raise_as_library(error, plan)

    def hold(self) -> None:
        """Every read and write of this engine has a transaction."""


def raw_connection(library: sa.Connection) -> sqlite3.Connection:
    """Return the driver's connection below SQLAlchemy's."""
    raw: object = library.connection.dbapi_connection
    assert isinstance(raw, sqlite3.Connection)
    return raw


def _raise_as_library(error: sqlite3.Error, plan: StatementPlan) -> NoReturn:
    # SQLAlchemy names its errors like the driver does. The values stay out, because they may be secrets.
    kind = getattr(sa.exc, type(error).__name__, sa.exc.DBAPIError)
    raise kind(plan.text, None, error) from error
