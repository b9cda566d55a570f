"""Links of the hosted sign-in and consents name the account that they are for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("sign_in_links", "oauth2_consents"):
        op.add_column(table, sa.Column("account", sa.Text(), nullable=True))
        op.create_index(op.f(f"ix_{table}_account"), table, ["account"])
