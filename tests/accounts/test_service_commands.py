"""Removing accounts, and the commands to their runners, on both engines."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from postroom.accounts.lifecycle import Health, State
from postroom.accounts.model import (
    AccountExists,
    AccountNotFound,
    NotConnected,
)
from postroom.accounts.service import TOPIC, Accounts
from postroom.clock import iso
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_metadata, account_settings, timeline, tokens
from postroom.storage.tables import accounts as table
from tests.accounts.bodies import body, imap
from tests.accounts.conftest import Clock
from tests.accounts.rows import column, count, document, logged, put_state

# Removing


async def test_a_removed_account_leaves_nothing_but_its_last_event(accounts: Accounts, db: Database) -> None:
    def bind_tokens(conn: Connection) -> None:
        for name, account in (("1", "a"), ("2", "b"), ("3", None)):
            row = {"id": name, "account": account, "description": "", "scopes": ["*"], "created_at": 0}
            conn.execute(sa.insert(tokens), row)

    await accounts.register("a", body(metadata={"k": "v"}))
    await accounts.register("b", body())
    await db.write(bind_tokens)
    waiter = db.wakeups.subscribe(TOPIC)
    await accounts.remove("a")
    # On PostgreSQL the hints of the registrations may still be on their way.
    while "a" not in await waiter.wait(5):
        pass
    for call in (accounts.get, accounts.remove, accounts.reconnect, accounts.disconnect, accounts.flush):
        with pytest.raises(AccountNotFound):
            await call("a")
    assert await logged(db, "a") == ["accountAdded", "accountDeleted"]
    assert [await count(db, part) for part in (table, account_settings, account_metadata, timeline)] == [1, 1, 0, 1]
    assert set(await db.read(lambda conn: conn.execute(sa.select(tokens.c.id)).scalars())) == {"2", "3"}


async def test_an_account_registered_again_under_the_same_id_is_another_one(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    first = (await accounts.get("a")).row.key
    await accounts.remove("a")
    await accounts.register("a", body())
    view = await accounts.get("a")
    assert view.row.key > first
    assert view.counters == {"accountAdded": 1}
    assert await logged(db, "a") == ["accountAdded", "accountDeleted", "accountAdded"]


async def test_removing_and_registering_at_once_never_breaks(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())

    async def again() -> None:
        try:
            await accounts.remove("a")
            await accounts.register("a", body())
        except (AccountNotFound, AccountExists):
            pass

    await asyncio.gather(*[again() for _ in range(10)])
    seen = await logged(db, "a")
    assert seen == ["accountAdded", "accountDeleted"] * (len(seen) // 2) + ["accountAdded"] * (len(seen) % 2)


# Commands


async def test_every_reconnect_asks_for_a_new_connection(accounts: Accounts) -> None:
    await accounts.register("a", body())
    await asyncio.gather(*[accounts.reconnect("a") for _ in range(10)])
    row = (await accounts.get("a")).row
    assert (row.revision, row.wanted, row.version) == (11, "run", 1)


async def test_an_account_is_held_until_it_is_reconnected(accounts: Accounts) -> None:
    await accounts.register("a", body())
    await accounts.disconnect("a")
    row = (await accounts.get("a")).row
    assert (row.wanted, row.revision, row.health) == ("stopped", 2, Health.STOPPED)
    await accounts.update("a", {"imap": {"auth": {"pass": "new"}}})
    assert (await accounts.get("a")).row.wanted == "stopped"
    await accounts.reconnect("a")
    assert (await accounts.get("a")).row.health is Health.HEALTHY


async def test_a_sync_needs_a_live_connection(accounts: Accounts, db: Database) -> None:
    for state in State:
        await accounts.register(state, body())
        await put_state(db, state, state)
        if state in (State.CONNECTED, State.SYNCING):
            await accounts.request_sync(state)
            assert await column(db, state, "sync_revision") == 1
        else:
            with pytest.raises(NotConnected) as caught:
                await accounts.request_sync(state)
            assert caught.value.state is state
            assert await column(db, state, "sync_revision") == 0


async def test_a_flush_begins_again_from_now_or_from_when_it_is_told(
    accounts: Accounts, db: Database, clock: Clock
) -> None:
    await accounts.register("a", body())
    clock.now += 1000
    await accounts.flush("a")
    assert (await accounts.get("a")).settings.notify_from == iso(clock.now)
    assert await column(db, "a", "flush_pending")
    assert await column(db, "a", "revision") == 2
    await accounts.flush("a", notify_from="2020-01-01T00:00:00.000Z", indexer="fast")
    full = await document(accounts, "a")
    assert (full["notifyFrom"], full["imapIndexer"], full["imap"]) == ("2020-01-01T00:00:00.000Z", "fast", imap())
