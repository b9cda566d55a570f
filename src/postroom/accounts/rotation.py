"""Re-encrypts the stored secrets of accounts under the newest key, a few at a time, so that an older key can go."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from postroom.storage.database import Database
from postroom.storage.secrets import SecretBox, account_context
from postroom.storage.tables import account_settings, accounts

BATCH = 100


async def reseal(db: Database, box: SecretBox, batch: int = BATCH) -> int:
    """Re-encrypt every account's secrets that are not under the newest key; return how many were.

    It may be stopped and begun again at any time: what is done stays done, and the rest is found by its key. Raises
    WrongKey at a value that none of the box's keys opens.
    """
    done, after = 0, 0
    while (moved := await db.write(partial(_reseal_some, box=box, after=after, limit=batch))) is not None:
        count, after = moved
        done += count
    return done


def _reseal_some(conn: sa.Connection, box: SecretBox, after: int, limit: int) -> tuple[int, int] | None:
    """Re-encrypt up to `limit` accounts with keys above `after`; return how many and the last key, None at the end."""
    prefix = box.current_prefix
    query = (
        sa.select(account_settings.c.account_key, accounts.c.account, account_settings.c.secrets)
        .join(accounts, accounts.c.key == account_settings.c.account_key)
        .where(
            account_settings.c.account_key > after, sa.func.substr(account_settings.c.secrets, 1, len(prefix)) != prefix
        )
        .order_by(account_settings.c.account_key)
        .limit(limit)
        .with_for_update(of=account_settings)
    )
    rows = conn.execute(query).all()
    for key, account, sealed in rows:
        context = account_context(account)
        fresh = box.seal(box.open(sealed, context), context)
        conn.execute(sa.update(account_settings).where(account_settings.c.account_key == key).values(secrets=fresh))
    return (len(rows), rows[-1][0]) if rows else None
