"""A stored account as it is needed to sign in: its row, its settings, and their secrets still sealed."""

from __future__ import annotations

from dataclasses import field
from functools import partial

from postroom.accounts import store
from postroom.accounts.model import AccountNotFound, AccountRow
from postroom.accounts.service import Accounts
from postroom.accounts.settings.values import AccountSettings
from postroom.footprint.dataclass import dataclass
from postroom.sessions.opening import Sessions
from postroom.sessions.principal import Principal
from postroom.storage.statements.connection import Connection

__all__ = ["StoredAccount", "find_rows", "load"]


@dataclass(frozen=True, slots=True)
class StoredAccount:
    """The row and the settings as they were read together."""

    row: AccountRow
    settings: AccountSettings
    sealed: str | None = field(repr=False)

    def principal(self, sessions: Sessions, accounts: Accounts) -> Principal:
        """Return who signs in. The secrets are unsealed on first need."""
        account = self.row.account
        return sessions.account(account, self.settings, partial(accounts.unseal, account, self.settings, self.sealed))


async def load(accounts: Accounts, account: str) -> StoredAccount:
    """Read an account. Raises AccountNotFound, StorageFailed."""
    stored = await accounts.db.read(partial(_find, account=account))
    if stored is None:
        raise AccountNotFound
    return stored


def find_rows(conn: Connection, accounts: list[str]) -> list[AccountRow | None]:
    """Return the row of each account, None for those that are gone."""
    return [store.find(conn, account) for account in accounts]


def _find(conn: Connection, account: str) -> StoredAccount | None:
    row = store.find(conn, account)
    return None if row is None else StoredAccount(row, *store.load_settings(conn, row.key))
