"""Runs compiled statements on an asyncpg connection, for work that is a plain function in a greenlet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import asyncpg
import sqlalchemy as sa
from sqlalchemy.util import await_

from postroom.storage.statements.plans import StatementPlan

__all__ = ["PostgresDriver", "raise_as_library"]


class PostgresDriver:
    """Wraps one connection. `holds` says whether a transaction is open on it."""

    joins = True

    __slots__ = ("holds", "library", "raw")

    def __init__(self, library: sa.Connection, raw: asyncpg.Connection) -> None:
        self.library = library
        self.raw = raw
        self.holds = False

    def run(self, plan: StatementPlan, arguments: Sequence[Any]) -> tuple[Sequence[Sequence[Any]], int]:
        try:
            if plan.returns_rows:
                found = await_(self.raw.fetch(plan.text, *arguments))
                return found, len(found)
            return (), _count(await_(self.raw.execute(plan.text, *arguments)))
        except asyncpg.PostgresError as error:
            raise_as_library(error, plan.text)

    def run_many(self, plan: StatementPlan, arguments: Sequence[Sequence[Any]]) -> int:
        try:
            await_(self.raw.executemany(plan.text, arguments))
        except asyncpg.PostgresError as error:
            raise_as_library(error, plan.text)
        return -1

    def hold(self) -> None:
        if not self.holds:
            self.holds = True
            await_(self.raw.execute("BEGIN"))


def raise_as_library(error: asyncpg.PostgresError, statement: str) -> NoReturn:
    """Raise a violated constraint as SQLAlchemy does, other errors as they are.

    The values stay out, because they may be secrets.
    """
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        raise sa.exc.IntegrityError(statement, None, error) from error
    raise error


def _count(status: str) -> int:
    """Return the number at the end of a command tag, such as `UPDATE 3` (PostgreSQL, message CommandComplete)."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdigit() else -1
