"""Ids for accounts without one: such as anybody may have, and of nobody."""

from __future__ import annotations

import re
import secrets
from itertools import chain

import pytest

from postroom.accounts import ids
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from tests.accounts.bodies import body


async def test_no_id_is_given_twice(accounts: Accounts, db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await accounts.register("a" * 16, body())
    letters = chain("a" * 16, "b" * 16)
    monkeypatch.setattr(secrets, "choice", lambda _alphabet: next(letters))
    assert await db.read(ids.free_id) == "b" * 16


async def test_an_id_is_long_and_needs_no_escape_in_a_url(db: Database) -> None:
    found = {await db.read(ids.free_id) for _ in range(20)}
    assert len(found) == 20
    assert all(re.fullmatch("[0-9a-z]{16}", each) for each in found)
