"""Which listed accounts borrow credentials from others, and what is wrong with the chains."""

from __future__ import annotations

from collections.abc import Sequence

from postroom.accounts import store
from postroom.accounts.delegation import LONGEST_CHAIN, follow
from postroom.accounts.model import AccountNotFound, ListItem, NoCredentials
from postroom.accounts.settings.values import AccountSettings
from postroom.storage.statements.connection import Connection

__all__ = ["lenders", "with_delegation"]


def lenders(conn: Connection, items: Sequence[ListItem]) -> dict[str, AccountSettings]:
    """Return the settings of all accounts that the listed ones borrow from. Each query reads one link of all chains."""
    known: dict[str, AccountSettings] = {}
    asked: set[str] = set()
    latest = {item.row.account: item.settings for item in items if item.row.type == "delegated"}
    for _ in range(LONGEST_CHAIN):
        wanted = {settings.lender for settings in latest.values() if settings.lender} - asked
        if not wanted:
            break
        latest = store.settings_by_id(conn, wanted)
        asked |= wanted
        known |= latest
    return known


async def with_delegation(item: ListItem, lenders: dict[str, AccountSettings]) -> ListItem:
    """Return a delegated item with the fault of the chain that it borrows from, if there is one."""

    async def read(account: str) -> AccountSettings:
        if account not in lenders:
            raise AccountNotFound
        return lenders[account]

    try:
        await follow(item.row.account, item.settings, read)
    except NoCredentials as error:
        return item._replace(delegation_error=str(error))
    return item
