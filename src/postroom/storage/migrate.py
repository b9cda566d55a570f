"""Brings a database to the newest schema with Alembic, over a connection that is already open."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from postroom.errors import Permanent

_FOLDER = Path(__file__).parent / "migrations"


class SchemaTooNew(Permanent):
    """The database was last used by a newer Postroom; nothing was changed."""

    code = "SchemaTooNew"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


def upgrade(conn: sa.Connection) -> None:
    """Apply every migration that is missing, inside the caller's transaction. Raises SchemaTooNew."""
    found = current_revision(conn)
    if found is not None and not is_known_revision(found):
        raise SchemaTooNew(
            f"The database has schema {found}, which this version of Postroom does not know (its newest is "
            f"{newest_revision()}). Start the newer version again, or restore a backup from before the upgrade."
        )
    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def current_revision(conn: sa.Connection) -> str | None:
    """Return the schema revision the database is at, None when it is empty."""
    return MigrationContext.configure(conn).get_current_revision()


def newest_revision() -> str | None:
    """Return the schema revision this version of Postroom wants."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def is_known_revision(revision: str) -> bool:
    """Say whether this version of Postroom has a migration of that name."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
