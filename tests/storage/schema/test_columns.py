from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from postroom.storage.schema.columns import Json

TABLE = sa.Table("t", sa.MetaData(), sa.Column("value", Json, nullable=True))


@pytest.mark.parametrize("value", [None, [], {"a": [1, "ü", None]}, "text"])
def test_a_value_comes_back_as_it_was_stored(value: Any) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    TABLE.metadata.create_all(engine)
    with engine.begin() as conn:
        conn.execute(sa.insert(TABLE).values(value=value))
        assert conn.execute(sa.select(TABLE.c.value)).scalar_one() == value
