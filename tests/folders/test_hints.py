"""Hints about folders come out as they went in, once the transaction has committed."""

from __future__ import annotations

import pytest

from postroom.folders.hints import TOPIC, hint, read_hints
from postroom.storage.database import Database


async def test_hints_reach_those_who_wait(db: Database) -> None:
    waiter = db.wakeups.subscribe(TOPIC)
    await db.write(lambda conn: hint(conn, "a", ["INBOX", "Entwürfe", "INBOX"]))
    keys: set[str] = set()
    while len(keys) < 2:
        keys |= await waiter.wait(10.0)
    assert read_hints(keys) == [("a", "Entwürfe"), ("a", "INBOX")]


@pytest.mark.parametrize("account", ["a", "two\nlines", "user@example.com"])
async def test_any_account_id_is_read_again(db: Database, account: str) -> None:
    waiter = db.wakeups.subscribe(TOPIC)
    await db.write(lambda conn: hint(conn, account, ["x" * 1024]))
    assert read_hints(await waiter.wait(10.0)) == [(account, "x" * 1024)]


def test_other_keys_are_no_hints() -> None:
    assert read_hints({"", "a"}) == []
