"""${message}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None
# A contract step alone has `needs = "NNNN"`: the oldest revision whose code may run on what it leaves.


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
