"""An index of the free accounts without those at rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    free = sa.text("owner IS NULL AND (parked_revision IS NULL OR parked_revision <> revision)")
    op.create_index("ix_accounts_free", "accounts", ["owner", "key"], postgresql_where=free, sqlite_where=free)
