"""Every state change of every account is seen once, in order, by whoever watches."""

from __future__ import annotations

import asyncio
from functools import partial

import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.changes import changes_store as changes
from postroom.accounts.journal import STATE_TOPIC
from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.statements.connection import Connection
from tests.accounts.bodies import body
from tests.fakes.databases import opened


async def note(db: Database, accounts: Accounts, account: str, *states: State, error: LastError | None = None) -> None:
    key = (await accounts.get(account)).row.key
    for state in states:
        await db.write(partial(store.insert_timeline, key=key, state=state, at=5_000, cause="test", detail=error))


async def test_changes_come_once_and_in_order(accounts: Accounts, db: Database) -> None:
    await accounts.register("before", body())
    place = await db.read(changes.here)
    assert await db.read(lambda conn: changes.read(conn, place)) == ([], place)
    waiter = db.wakeups.subscribe(STATE_TOPIC)
    await accounts.register("a", body())
    # On PostgreSQL the wake-up of the account before may still be on its way.
    while "a" not in (woken := await waiter.wait(5)):
        assert woken == {"before"}
    await note(db, accounts, "a", State.CONNECTING)
    await note(db, accounts, "before", State.AUTHENTICATION_ERROR, error=LastError("NO"))
    found, place = await db.read(lambda conn: changes.read(conn, place))
    assert [(change.account, change.state, change.error) for change in found] == [
        ("a", State.INIT, None),
        ("a", State.CONNECTING, None),
        ("before", State.AUTHENTICATION_ERROR, LastError("NO")),
    ]
    assert await db.read(lambda conn: changes.read(conn, place)) == ([], place)


async def test_more_than_one_page_of_changes(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    place = await db.read(changes.here)
    await note(db, accounts, "a", *[State.CONNECTING, State.CONNECT_ERROR] * 60)
    seen: list[int] = []
    while True:
        found, place = await db.read(partial(changes.read, place=place, limit=7))
        if not found:
            break
        seen += [change.id for change in found]
    assert len(seen) == 120
    assert seen == sorted(set(seen))


async def test_what_happens_after_an_account_was_deleted_is_seen(accounts: Accounts, db: Database) -> None:
    for name in ("stays", "goes"):
        await accounts.register(name, body())
    for amount in (3, 120):
        await note(db, accounts, "goes", *[State.CONNECTING] * amount)
        place = await db.read(changes.here)
        await accounts.remove("goes")
        found, place = await db.read(partial(changes.read, place=place))
        assert found == []
        await note(db, accounts, "stays", State.CONNECTED)
        found, place = await db.read(partial(changes.read, place=place))
        assert [(change.account, change.state) for change in found] == [("stays", State.CONNECTED)]
        await accounts.register("goes", body())


async def test_a_change_that_is_stored_late_is_not_stepped_over(own_postgres_url: str) -> None:
    def slowly(conn: Connection) -> None:
        store.insert_timeline(conn, key, State.CONNECTING, 1, "late")
        conn.execute(sa.text("SELECT pg_sleep(0.5)"))

    async with opened(own_postgres_url) as db:
        accounts = Accounts(db, SecretBox(("secret",)))
        for name in ("a", "b"):
            await accounts.register(name, body())
        key = (await accounts.get("a")).row.key
        place = await db.read(changes.here)
        late = asyncio.create_task(db.write(slowly))
        await asyncio.sleep(0.2)
        await note(db, accounts, "b", State.CONNECTING)
        early, place = await db.read(lambda conn: changes.read(conn, place))
        await late
        later, place = await db.read(lambda conn: changes.read(conn, place))
        assert [[change.account for change in found] for found in (early, later)] == [["b"], ["a"]]
