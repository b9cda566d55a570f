"""The result of the last check of each OAuth2 application. The previous version writes and reads none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("oauth2_apps", sa.Column("last_check", sa.Text(), nullable=True))
