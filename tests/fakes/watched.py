"""Tells a test which statements a connection runs, with their arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection, Driver
from postroom.storage.statements.plans import StatementPlan

Note = Callable[[str, Any], None]


class WatchedDriver:
    """Notes each compiled statement, and hands it on."""

    def __init__(self, driver: Driver, note: Note) -> None:
        self._driver = driver
        self._note = note

    @property
    def library(self) -> sa.Connection:
        return self._driver.library

    @property
    def joins(self) -> bool:
        return self._driver.joins

    def run(self, plan: StatementPlan, arguments: Sequence[Any]) -> tuple[Sequence[Sequence[Any]], int]:
        self._note(plan.text, arguments)
        return self._driver.run(plan, arguments)

    def run_many(self, plan: StatementPlan, arguments: Sequence[Sequence[Any]]) -> int:
        self._note(plan.text, arguments)
        return self._driver.run_many(plan, arguments)

    def hold(self) -> None:
        self._driver.hold()


@contextmanager
def watched(conn: Connection, note: Note) -> Iterator[None]:
    """Call `note` with the text and the arguments of each statement of `conn`, whoever compiles it."""

    def by_library(_conn: Any, _cursor: Any, text: str, arguments: Any, *_rest: Any) -> None:
        note(text, arguments)

    driver = conn._driver
    sa.event.listen(driver.library, "before_cursor_execute", by_library)
    conn._driver = WatchedDriver(driver, note)
    try:
        yield
        conn.flush()
    finally:
        conn._driver = driver
        sa.event.remove(driver.library, "before_cursor_execute", by_library)
