"""An insert for either engine; a conflict is settled alike."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from postroom.storage.upsert import insert_into

TABLE = sa.Table("things", sa.MetaData(), sa.Column("name", sa.Text, primary_key=True), sa.Column("size", sa.Integer))


DIALECTS: tuple[sa.engine.Dialect, ...] = (sqlite.dialect(), postgresql.dialect())  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: str(each.name))
def test_a_conflict_can_be_settled_in_either_dialect(dialect: sa.engine.Dialect) -> None:
    insert = insert_into(TABLE, dialect.name)
    replacing = insert.on_conflict_do_update(index_elements=["name"], set_={"size": insert.excluded.size})
    assert "ON CONFLICT (name) DO UPDATE SET size = excluded.size" in str(replacing.compile(dialect=dialect))


def test_the_later_of_two_values_stands_in_sqlite() -> None:
    engine = sa.create_engine("sqlite://")
    TABLE.metadata.create_all(engine)
    with engine.begin() as conn:
        for size in (1, 2):
            insert = insert_into(TABLE, "sqlite").values(name="box", size=size)
            conn.execute(insert.on_conflict_do_update(index_elements=["name"], set_={"size": insert.excluded.size}))
        assert conn.execute(sa.select(TABLE.c.size)).scalars().all() == [2]
    engine.dispose()
