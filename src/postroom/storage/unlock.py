"""Opens the encryption keys at a start: the secret given, or the key file, proved against a canary in the database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.secrets import KEY_FILE, SecretBox, WrongKey, load_or_make_key_file
from postroom.storage.tables import meta

_CANARY = "canary"


@dataclass(frozen=True, slots=True)
class Unlocked:
    """The keys in use; `made` is the key file when it was made just now, for the line that says so."""

    box: SecretBox
    made: Path | None


async def unlock(db: Database, settings: Settings) -> Unlocked:
    """Return the keys, after proof that they are those the database was written with.

    The first start makes the key file, when no secret is given, and leaves the canary in the database. Raises WrongKey
    when the secret is another one or the key file is gone; then nothing has been written anywhere.
    """
    canary = await db.read(_stored)
    if canary is not None and settings.secret is None and not (settings.data_dir / KEY_FILE).exists():
        raise WrongKey(
            f"The database holds encrypted secrets, but the key file {settings.data_dir / KEY_FILE} is gone. "
            "Restore it from a backup, or set POSTROOM_SECRET to the secret used before."
        )
    secret, made = _secret(settings)
    box = SecretBox((secret, *(older.get_secret_value() for older in settings.previous_secrets)))
    if canary is None:
        canary = await db.write(lambda conn: _leave(conn, box.canary()))
    box.check_canary(canary)
    return Unlocked(box, settings.data_dir / KEY_FILE if made else None)


async def prove(db: Database, settings: Settings) -> None:
    """Check the keys without making or storing anything. Raises WrongKey; a database never used has nothing to prove.

    The schema must exist.
    """
    if await db.read(_stored) is not None:
        await unlock(db, settings)


def _secret(settings: Settings) -> tuple[str, bool]:
    if settings.secret is not None:
        value = settings.secret.get_secret_value()
        if not value:
            raise WrongKey("POSTROOM_SECRET is empty. Set it to a long random text, or unset it to use a key file.")
        return value, False
    return load_or_make_key_file(settings.data_dir)


def _stored(conn: sa.Connection) -> str | None:
    return conn.execute(sa.select(meta.c.value).where(meta.c.name == _CANARY)).scalar_one_or_none()


def _leave(conn: sa.Connection, canary: str) -> str:
    """Store the canary unless another process was first; return the one that is stored."""
    stored = _stored(conn)
    if stored is None:
        conn.execute(sa.insert(meta), {"name": _CANARY, "value": canary})
        return canary
    return stored
