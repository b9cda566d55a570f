"""Stored accounts, as they sign in."""

from __future__ import annotations

from functools import partial

import pytest

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.sessions.stored import find_rows, load
from postroom.storage.database import Database
from tests.sessions.conftest import sessions_of
from tests.supervisor.conftest import accounts, imap_body

__all__ = ["accounts"]


async def test_an_account_is_read_with_its_secrets_sealed_until_they_are_needed(accounts: Accounts) -> None:
    password = "correct horse"
    body = imap_body(993)
    body["imap"]["auth"]["pass"] = password
    await accounts.register("a", body)
    stored = await load(accounts, "a")
    assert stored.row.account == "a"
    assert password not in repr(stored)
    who = stored.principal(sessions_of(), accounts)
    assert who.account == "a"
    unsealed = (await who.prepared("imap")).settings
    assert unsealed.imap is not None
    assert unsealed.imap.auth is not None
    assert unsealed.imap.auth.password is not None
    assert unsealed.imap.auth.password.reveal() == password


async def test_what_is_gone(db: Database, accounts: Accounts) -> None:
    await accounts.register("a", imap_body(993))
    with pytest.raises(AccountNotFound):
        await load(accounts, "b")
    rows = await db.read(partial(find_rows, accounts=["b", "a"]))
    assert [row.account if row is not None else None for row in rows] == [None, "a"]
