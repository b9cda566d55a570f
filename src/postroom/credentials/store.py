"""The SQL of token renewal: who renews now, one at a time. Functions of an open connection."""

from __future__ import annotations

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import oauth2_refreshes


def claim(conn: Connection, key: int, holder: str, now: int, until: int) -> bool:
    """Claim the renewal of an account's token, unless another holder has it; the caller holds the account's row.

    A holder may claim again.
    """
    mine = oauth2_refreshes.c.account_key == key
    row = conn.execute(sa.select(oauth2_refreshes.c.holder, oauth2_refreshes.c.until).where(mine)).one_or_none()
    if row is None:
        conn.execute(sa.insert(oauth2_refreshes).values(account_key=key, holder=holder, until=until))
        return True
    if row.until > now and row.holder != holder:
        return False
    conn.execute(sa.update(oauth2_refreshes).where(mine).values(holder=holder, until=until))
    return True


def release(conn: Connection, key: int, holder: str) -> None:
    """Release the renewal, unless another holder has it now."""
    mine = (oauth2_refreshes.c.account_key == key, oauth2_refreshes.c.holder == holder)
    conn.execute(sa.delete(oauth2_refreshes).where(*mine))
