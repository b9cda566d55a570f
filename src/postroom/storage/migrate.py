"""Brings a database to the newest schema with Alembic, over a connection that is already open.

During a deploy, two versions run at the same time. So the newer one stores, in the row `oldest_runnable` of `meta`, the
schema that an older version must know to continue. A migration that only adds does not change the row. One that removes
something (a contract step) names in `needs` the first revision whose code works without it. See docs/decisions/0008.

Alembic takes 10 MB of memory, so it is loaded only when there is something to migrate: once for each new version.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from postroom.errors import Permanent
from postroom.footprint.loading import without
from postroom.log import get_logger
from postroom.storage.tables import meta

FOLDER = Path(__file__).parent / "migrations"
# The table that Alembic keeps.
_STAMP = sa.table("alembic_version", sa.column("version_num", sa.Text))
OLDEST = "oldest_runnable"
_FIRST = "0001"
log = get_logger("storage")


class SchemaTooNew(Permanent):
    """A newer Postroom used the database last; nothing was changed."""

    code = "SchemaTooNew"


def upgrade(conn: sa.Connection) -> None:
    """Apply all missing migrations, inside the caller's transaction. Raises SchemaTooNew.

    The schema of a newer version is not changed; it is used if that version allows it.
    """
    found = current_revision(conn)
    if found is not None and not is_known_revision(found):
        _check_runnable(found, oldest_runnable(conn))
    elif found != newest_revision():
        _migrate(conn)
        log.info("schema migrated", before=found, after=newest_revision())


def _check_runnable(found: str, oldest: str | None) -> None:
    newest = newest_revision()
    if oldest is not None and oldest <= newest < found:
        log.info("the schema is from a newer version, which allows this one to run beside it", schema=found, own=newest)
        return
    needed = f"needs a Postroom that knows schema {oldest}" if oldest else "does not say that older versions may use it"
    raise SchemaTooNew(
        f"The database has schema {found}, which {needed}; the newest that this version of Postroom knows is {newest}. "
        "Start the newer version again, or restore a backup from before the upgrade."
    )


def oldest_runnable(conn: sa.Connection) -> str | None:
    """Return the oldest revision whose code may run on this schema, None when the schema does not say."""
    stored: str | None = conn.execute(sa.select(meta.c.value).where(meta.c.name == OLDEST)).scalar_one_or_none()
    return stored


def _migrate(conn: sa.Connection) -> None:
    # Mako, which writes new migrations, would load Pygments.
    with without("pygments"):
        from alembic import command
        from alembic.config import Config
        from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    oldest = max(getattr(script.module, "needs", _FIRST) for script in scripts)
    conn.execute(sa.delete(meta).where(meta.c.name == OLDEST))
    conn.execute(sa.insert(meta).values(name=OLDEST, value=oldest))


def current_revision(conn: sa.Connection) -> str | None:
    """Return the schema revision of the database, None when it is empty."""
    if not sa.inspect(conn).has_table(_STAMP.name):
        return None
    return conn.execute(sa.select(_STAMP.c.version_num)).scalar_one_or_none()


def newest_revision() -> str:
    """Return the schema revision that this version of Postroom needs."""
    return max(_revisions())


def is_known_revision(revision: str) -> bool:
    """Say whether this version of Postroom has a migration of that name."""
    return revision in _revisions()


def _revisions() -> set[str]:
    """All revisions: each migration file is named after its revision, and the revisions count up."""
    return {path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py")}
