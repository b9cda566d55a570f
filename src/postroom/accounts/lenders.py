"""Which accounts of a list borrow the credentials of others, and what is wrong with the chains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.delegation import LONGEST_CHAIN, follow, lender_of
from postroom.accounts.model import AccountNotFound, ListItem, NoCredentials
from postroom.accounts.settings.document import Document

__all__ = ["lenders", "with_delegation"]


def lenders(conn: sa.Connection, items: Sequence[ListItem]) -> dict[str, Document]:
    """Return the documents of all accounts from which the listed ones borrow, read a link of all chains at a time."""
    known: dict[str, Document] = {}
    asked: set[str] = set()
    latest = {item.row.account: item.document for item in items if item.row.type == "delegated"}
    for _ in range(LONGEST_CHAIN):
        wanted = {lender for document in latest.values() if (lender := lender_of(document))} - asked
        if not wanted:
            break
        latest = store.documents(conn, wanted)
        asked |= wanted
        known |= latest
    return known


async def with_delegation(item: ListItem, lenders: dict[str, Document]) -> ListItem:
    """Return the item with what is wrong with the chain of accounts that it borrows from, if it does."""

    async def read(account: str) -> Document:
        if account not in lenders:
            raise AccountNotFound
        return lenders[account]

    if item.row.type != "delegated":
        return item
    try:
        await follow(item.row.account, item.document, read)
    except NoCredentials as error:
        return replace(item, delegation_error=str(error))
    return item
