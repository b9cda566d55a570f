"""SQL for the figures of accounts: how many are in each state, by the kind and the host of their provider."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, oauth2_apps

__all__ = ["AccountStanding", "counts"]

_KIND = sa.func.coalesce(oauth2_apps.c.provider, accounts.c.type)
_COUNTS = (
    sa.select(accounts.c.state, _KIND, accounts.c.host, sa.func.count())
    .select_from(accounts)
    .outerjoin(oauth2_apps, oauth2_apps.c.id == accounts.c.type)
    .group_by(accounts.c.state, _KIND, accounts.c.host)
)


class AccountStanding(NamedTuple):
    """A state of accounts, and where they have their mail.

    `kind` is that of the OAuth2 application, or the account's type. `host` is empty if the settings name none.
    """

    state: str
    kind: str
    host: str


def counts(conn: Connection) -> dict[AccountStanding, int]:
    """Return how many accounts stand so."""
    return {AccountStanding(state, kind, host): int(number) for state, kind, host, number in conn.execute(_COUNTS)}
