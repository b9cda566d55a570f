"""`postroom keys rotate`: re-encrypts all stored secrets with the newest secret, even while the gateway runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from postroom.configuration.keys import SEALED as SEALED_SETTINGS
from postroom.errors import Permanent
from postroom.settings import Settings
from postroom.storage.database import open_database
from postroom.storage.opening import naming
from postroom.storage.sealing.keys import open_box
from postroom.storage.sealing.rotation import remaining, rotate
from postroom.storage.sealing.sealed import SealedRow, unreadable
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection

UNREADABLE_ADVICE: Final = (
    "If they were stored under an older secret, add it to POSTROOM_PREVIOUS_SECRETS. If not, send what is lost again: "
    "the passwords of an account, the clientSecret of an application, url and customHeaders of an endpoint with PUT, a "
    "setting with POST /v1/settings, a message with its submission. A consent runs out by itself."
)
_MOST_NAMED: Final = 10


class SecretsLeft(Permanent):
    """Some stored secrets cannot be opened; all others are now under the newest secret."""

    code = "SecretsLeft"


def rotate_keys(settings: Settings) -> str:
    """Re-encrypt values under older secrets; return the text to print. Raises StorageFailed, WrongKey, SecretsLeft."""
    with naming(settings.resolved_database_url):
        moved_by_place, lost = asyncio.run(_rotate(settings))
    done = {name: count for name, count in moved_by_place.items() if count}
    moved = ", ".join(f"{count} of {name}" for name, count in done.items())
    first = f"Encrypted again under the newest secret: {moved}." if done else "Everything is under the newest secret."
    if lost:
        raise SecretsLeft(f"{first} No key opens what is stored of {titles(lost)}. {UNREADABLE_ADVICE}")
    if not settings.previous_secrets:
        return first
    return (
        f"{first}\nThe older secrets can go from POSTROOM_PREVIOUS_SECRETS once every process runs with the newest one "
        "in POSTROOM_SECRET. Keep them with the backups made until now."
    )


def left_behind(conn: Connection, box: SecretBox) -> dict[str, int]:
    """Return how many values of each place are still under an older secret; places without any are missing."""
    return {name: count for name, count in remaining(conn, box, SEALED_SETTINGS).items() if count}


def titles(rows: Sequence[SealedRow]) -> str:
    """Name the first of these rows, and say how many more there are."""
    named = ", ".join(row.title for row in rows[:_MOST_NAMED])
    return f"{named} and {len(rows) - _MOST_NAMED} more" if len(rows) > _MOST_NAMED else named


async def _rotate(settings: Settings) -> tuple[dict[str, int], tuple[SealedRow, ...]]:
    database = open_database(settings.resolved_database_url)
    await database.start()
    try:
        await database.migrate()
        previous = tuple(secret.get_secret_value() for secret in settings.previous_secrets)
        secret = settings.secret.get_secret_value() if settings.secret else None
        box = await open_box(database, settings.data_dir, secret, previous)
        return await rotate(database, box, SEALED_SETTINGS), await unreadable(database, box, SEALED_SETTINGS)
    finally:
        await database.close()
