"""What all tables share: the names of constraints, and kinds of columns."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Dialect

__all__ = ["AccountId", "BigId", "Json", "account_key", "metadata", "numbers"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite assigns row numbers only in a column of the exact type INTEGER.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Lists are ordered by code point on both engines, whatever the locale of the database.
AccountId = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def account_key(**options: Any) -> sa.Column[int]:
    """Return the column of the account that a row belongs to, and goes with."""
    return sa.Column("account_key", BigId, sa.ForeignKey("accounts.key", ondelete="CASCADE"), nullable=False, **options)


def numbers(*names: str) -> list[sa.Column[int | None]]:
    """Return columns of numbers that may be unknown."""
    return [sa.Column(name, sa.BigInteger, nullable=True) for name in names]


class Json(sa.types.TypeDecorator[Any]):
    """A JSON document in a text column: the same on both engines, and fast to read and write."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else orjson.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)
