"""Room in the pages of PostgreSQL for names of threads: their rows grow by a few names at a time.

An update then finds room in the same page, and takes the place of the row before it. Without that, the first fill of
the index wrote each row to several pages and left them half empty. Nothing else changes.
"""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
# It changes how rows are laid out, not what they are: the version with the index can run beside it.
needs = "0008"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("ALTER TABLE thread_names SET (fillfactor = 60)")
