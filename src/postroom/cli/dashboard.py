"""`postroom dashboard code`: a new code for the password of the dashboard, from the machine that has the database."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from postroom.composition.callers import admins_of
from postroom.errors import Permanent
from postroom.settings import Settings
from postroom.storage.database import open_database
from postroom.storage.opening import naming
from postroom.storage.sealing.keys import open_box

__all__ = ["new_code"]


class NoDashboard(Permanent):
    """There is nothing whose password could be set; the message says why."""

    code = "NoDashboard"


def new_code(settings: Settings) -> str:
    """Forget the password, the authenticator app and all sessions of the dashboard, and return a new code.

    Works beside a running gateway. Raises NoDashboard, StorageFailed, WrongKey.
    """
    file = settings.sqlite_file
    if file is not None and not file.exists():
        raise NoDashboard(f"There is no database {file}. Set POSTROOM_DATA_DIR to where the gateway has it.")
    if settings.admin_password is not None:
        raise NoDashboard(
            "The password is set by POSTROOM_ADMIN_PASSWORD. Change it there and start the gateway again."
        )
    with naming(settings.resolved_database_url):
        return asyncio.run(_new_code(settings))


async def _new_code(settings: Settings) -> str:
    async with AsyncExitStack() as stack:
        db = open_database(settings.resolved_database_url)
        await db.start()
        stack.push_async_callback(db.close)
        await db.migrate()
        secret = settings.secret.get_secret_value() if settings.secret else None
        previous = tuple(each.get_secret_value() for each in settings.previous_secrets)
        return await admins_of(db, await open_box(db, settings.data_dir, secret, previous)).reset()
