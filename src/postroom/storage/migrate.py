"""Brings a database to the newest schema with Alembic, over a connection that is already open.

Alembic takes 10 MB of memory, so it is loaded only where there is something to migrate: once for each new version.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from postroom.errors import Permanent

FOLDER = Path(__file__).parent / "migrations"
# Alembic's own table.
_STAMP = sa.table("alembic_version", sa.column("version_num", sa.Text))


class SchemaTooNew(Permanent):
    """The database was last used by a newer Postroom; nothing was changed."""

    code = "SchemaTooNew"


def upgrade(conn: sa.Connection) -> None:
    """Apply every migration that is missing, inside the caller's transaction. Raises SchemaTooNew."""
    found = current_revision(conn)
    if found is not None and not is_known_revision(found):
        raise SchemaTooNew(
            f"The database has schema {found}, which this version of Postroom does not know (its newest is "
            f"{newest_revision()}). Start the newer version again, or restore a backup from before the upgrade."
        )
    if found != newest_revision():
        _migrate(conn)


def _migrate(conn: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")


def current_revision(conn: sa.Connection) -> str | None:
    """Return the schema revision the database is at, None when it is empty."""
    if not sa.inspect(conn).has_table(_STAMP.name):
        return None
    return conn.execute(sa.select(_STAMP.c.version_num)).scalar_one_or_none()


def newest_revision() -> str:
    """Return the schema revision this version of Postroom wants."""
    return max(_revisions())


def is_known_revision(revision: str) -> bool:
    """Say whether this version of Postroom has a migration of that name."""
    return revision in _revisions()


def _revisions() -> set[str]:
    """The revisions there are: every migration's file is named after its own, and they count up."""
    return {path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py")}
