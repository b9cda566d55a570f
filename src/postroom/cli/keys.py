"""`postroom keys rotate`: moves everything that is encrypted to the newest secret, whether the gateway runs or not."""

from __future__ import annotations

import asyncio

import sqlalchemy as sa

from postroom.configuration.keys import KEYS
from postroom.settings import Settings
from postroom.storage.database import open_database
from postroom.storage.keys import open_box
from postroom.storage.opening import naming
from postroom.storage.rotation import remaining, rotate
from postroom.storage.secrets import SecretBox

SEALED_SETTINGS = frozenset(name for name, key in KEYS.items() if key.sealed)


def rotate_keys(settings: Settings) -> str:
    """Re-encrypt what is under an older secret and say what was done. Raises StorageFailed, WrongKey."""
    with naming(settings.resolved_database_url):
        done = {name: count for name, count in asyncio.run(_rotate(settings)).items() if count}
    moved = ", ".join(f"{count} of {name}" for name, count in done.items())
    first = f"Encrypted again under the newest secret: {moved}." if done else "Everything is under the newest secret."
    if not settings.previous_secrets:
        return first
    return (
        f"{first}\nThe older secrets can go from POSTROOM_PREVIOUS_SECRETS once every process runs with the newest one "
        "in POSTROOM_SECRET. Keep them with the backups made until now."
    )


def left_behind(conn: sa.Connection, box: SecretBox) -> dict[str, int]:
    """Return how many values of each place are still under an older secret; places without any are left out."""
    return {name: count for name, count in remaining(conn, box, SEALED_SETTINGS).items() if count}


async def _rotate(settings: Settings) -> dict[str, int]:
    database = open_database(settings.resolved_database_url)
    await database.start()
    try:
        await database.migrate()
        previous = tuple(secret.get_secret_value() for secret in settings.previous_secrets)
        secret = settings.secret.get_secret_value() if settings.secret else None
        box = await open_box(database, settings.data_dir, secret, previous)
        return await rotate(database, box, SEALED_SETTINGS)
    finally:
        await database.close()
