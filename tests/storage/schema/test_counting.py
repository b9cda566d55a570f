"""The counted minutes lie in the order in which they are read: a window of time is one piece."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.schema.counting import counted_minutes
from postroom.storage.statements.connection import Connection

_WINDOW = "EXPLAIN QUERY PLAN SELECT name, sum(number) FROM counted_minutes WHERE minute >= 5 GROUP BY name"


async def test_a_window_of_time_is_read_by_the_key(db: Database) -> None:
    def work(conn: Connection) -> tuple[list[str], str]:
        key = sa.inspect(conn.library).get_pk_constraint(counted_minutes.name)["constrained_columns"]
        return key, " ".join(row[3] for row in conn.execute(sa.text(_WINDOW))) if db.dialect == "sqlite" else ""

    key, plan = await db.read(work)
    assert key == ["minute", "name"]
    assert db.dialect != "sqlite" or "USING PRIMARY KEY (minute>?)" in plan, plan
