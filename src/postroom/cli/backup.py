"""`postroom backup`: copies the database while the gateway runs, and checks the copy before naming it."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from postroom.errors import Permanent
from postroom.settings import Settings
from postroom.storage.engines.sqlite_faults import cannot_open
from postroom.storage.files import draft_beside, publish
from postroom.storage.opening import shown
from postroom.storage.sealing.secrets import KEY_FILE

_PART_OF_THE_DATABASE = ("", "-wal", "-shm", "-journal", ".lock")


class BackupFailed(Permanent):
    """No copy was made, and an existing file of that name is unchanged; the message says why."""

    code = "BackupFailed"


def backup(settings: Settings, target: Path, *, overwrite: bool) -> str:
    """Copy the database to `target` (mode 0600) and return the message to print. Raises BackupFailed, OSError.

    `target` is only written when the copy is complete and checked.
    """
    _check_target(settings, target, overwrite=overwrite)
    draft = draft_beside(target)
    try:
        found = _copy_sqlite(settings, draft) if settings.sqlite_file else _dump(settings.resolved_database_url, draft)
        publish(draft, target)
    finally:
        draft.unlink(missing_ok=True)
    return f"{target} holds {found}, {target.stat().st_size / 1024:,.0f} KiB.\n{_about_the_key(settings)}"


def _check_target(settings: Settings, target: Path, *, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise BackupFailed(f"There is no folder {target.parent} to put the copy into. Make it first.")
    if not target.exists():
        return
    if settings.sqlite_file is not None:
        parts = [settings.sqlite_file.with_name(settings.sqlite_file.name + end) for end in _PART_OF_THE_DATABASE]
        if any(part.exists() and part.samefile(target) for part in parts):
            raise BackupFailed(f"{target} belongs to the database itself. Give the copy another name.")
    if not target.is_file() or not overwrite:
        raise BackupFailed(f"{target} exists already. Give the copy another name, or --overwrite a file.")


def _about_the_key(settings: Settings) -> str:
    place = "POSTROOM_SECRET" if settings.secret is not None else str((settings.data_dir / KEY_FILE).resolve())
    return f"Its secrets can be read with the key alone, which is not in it: keep {place} too, in another place."


# SQLite


def _copy_sqlite(settings: Settings, draft: Path) -> str:
    source = settings.sqlite_file
    if source is None or not source.is_file():
        raise BackupFailed(f"There is no database {source} to copy. Set POSTROOM_DATA_DIR to where the gateway has it.")
    try:
        # Opening must not create the file: a copy of an empty database would look like a backup.
        with closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True)) as database:
            with closing(sqlite3.connect(draft)) as copy:
                # One step means one read transaction: concurrent writes neither wait nor restart the copy.
                database.backup(copy)
            return _look_through(draft)
    except sqlite3.Error as error:
        raise BackupFailed(f"{source} could not be copied: {error}. {cannot_open(error, source).cure}") from error


def _look_through(copy: Path) -> str:
    """Check a copy, make it a single file, and return what it holds. Raises sqlite3.Error, BackupFailed."""
    with closing(sqlite3.connect(copy)) as database:
        (verdict,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        if verdict != "ok":
            said = " ".join(verdict.split()).rstrip(".")
            raise BackupFailed(
                f"The database is damaged, and so would be its copy: {said}. Go back to an older backup."
            )
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"accounts", "alembic_version"} <= tables:
            raise BackupFailed("The database has no tables of Postroom's in it, so there is nothing to save.")
        (schema,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        (count,) = database.execute("SELECT count(*) FROM accounts").fetchone()
        database.execute("PRAGMA journal_mode=DELETE")
        return f"the database with {count:,} accounts, schema {schema}"


# PostgreSQL


def _dump(url: str, draft: Path) -> str:
    open_url, password = without_password(url)
    command = ["pg_dump", "--format=custom", f"--file={draft}"]
    if shutil.which("pg_dump") is None:
        there = shlex.join([*command[:2], "--file=FILE", open_url])
        raise BackupFailed(f"pg_dump is not installed here (Debian: postgresql-client). Where it is, run: {there}")
    with tempfile.NamedTemporaryFile("w", prefix="postroom-", suffix=".pgpass") as passes:
        # Every user can read the command line of a process, so the password is passed in a file (mode 0600).
        passes.write("*:*:*:*:" + password.replace("\\", "\\\\").replace(":", "\\:") + "\n")
        passes.flush()
        _run([*command, _with_option(open_url, "passfile", passes.name) if password else open_url], url)
    listed = _run(["pg_restore", "--list", str(draft)], url)
    if not re.search(r" TABLE DATA \S+ accounts ", listed):
        raise BackupFailed("The database has no tables of Postroom's in it, so there is nothing to save.")
    return "the dump of the database, for pg_restore"


def _run(command: list[str], url: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own words
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise BackupFailed(f"{command[0]} could not copy {shown(url)}: {said or done.returncode}")
    return done.stdout


def without_password(url: str) -> tuple[str, str]:
    """Return a PostgreSQL URL without its password, and the password ("" when there is none)."""
    parts = urlsplit(url)
    login, at, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    options = parse_qsl(parts.query, keep_blank_values=True)
    password = unquote(password) or dict(options).get("password", "")
    query = urlencode([(name, value) for name, value in options if name != "password"])
    # urllib would drop the slashes of a URL without a host.
    return f"{parts.scheme}://{user}{at}{hosts}{parts.path}{'?' if query else ''}{query}", password


def _with_option(url: str, name: str, value: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode({name: value})}"
