"""Compiles each SQL statement once in a process of tests, and not once for the database of each test."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.util import LRUCache

# All that one gateway says in its life is a few hundred.
_MOST = 2000


class _Statements(LRUCache[Any, Any]):
    """SQLAlchemy's own memory, in which a statement is the same for each database of a kind."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(_of_kind(key), default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(_of_kind(key), value)


def _of_kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    dialect, *rest = key
    return (type(dialect), *rest)


_statements = _Statements(_MOST)


def share_statements() -> None:
    """From now on every database that is opened in this process uses the same compiled statements."""
    sa.event.listen(sa.Engine, "engine_connect", _give)


def _give(connection: sa.Connection) -> None:
    connection.engine._compiled_cache = _statements
