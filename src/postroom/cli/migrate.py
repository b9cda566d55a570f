"""`postroom migrate`: brings the database to the newest schema without starting the gateway."""

from __future__ import annotations

import asyncio

from postroom.settings import Settings
from postroom.storage.database import open_database
from postroom.storage.inspection import inspect
from postroom.storage.opening import naming


def migrate(settings: Settings) -> None:
    """Bring the schema up to date and print its revision. Raises StorageFailed."""
    url = settings.resolved_database_url
    with naming(url):
        before, after = asyncio.run(_migrate(url))
    print(f"The schema is {after}; nothing was to do." if before == after else f"The schema is now {after}.")


async def _migrate(url: str) -> tuple[str | None, str | None]:
    database = open_database(url)
    await database.start()
    try:
        before = await database.read(inspect)
        await database.migrate()
        after = await database.read(inspect)
    finally:
        await database.close()
    return before.schema, after.schema
