"""Nodes enter, beat, leave and are buried; what they owned is free afterwards."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from postroom.accounts.lifecycle import State
from postroom.accounts.service import Accounts
from postroom.cluster import heartbeat_store as store
from postroom.cluster.shares import Member
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.tables import accounts as table
from postroom.storage.tables import nodes
from tests.accounts.bodies import body
from tests.accounts.rows import column, put_state


@pytest.fixture
def accounts(db: Database) -> Accounts:
    """The accounts of both engines' databases."""
    return Accounts(db, SecretBox(("secret",)))


async def owned(accounts: Accounts, db: Database, **owners: str) -> None:
    """Accounts that are connected, each by its node."""
    for account, owner in owners.items():
        await accounts.register(account, body())
        await put_state(db, account, State.CONNECTED)
        change = sa.update(table).where(table.c.account == account).values(owner=owner)
        await db.write(partial(lambda conn, change: conn.execute(change) and None, change=change))


async def enter(db: Database, *names: str) -> None:
    for name in names:
        await db.write(partial(store.enter, node=name, host="host", version="1.0"))


async def silence(db: Database, node: str) -> None:
    """The node was last heard of long ago."""
    change = sa.update(nodes).where(nodes.c.id == node).values(heartbeat_at=1)
    await db.write(lambda conn: conn.execute(change) and None)


async def test_a_beat_says_whether_to_drain_and_whether_the_node_is_still_on_the_list(db: Database) -> None:
    await enter(db, "one")
    assert await db.write(lambda conn: store.beat(conn, "one", 3, {})) is False
    await db.write(lambda conn: conn.execute(sa.update(nodes).values(draining=True)) and None)
    assert await db.write(lambda conn: store.beat(conn, "one", None, {})) is True
    assert await db.read(store.sharing) == [Member("one", 3, True)]
    assert await db.write(lambda conn: store.beat(conn, "two", 3, {})) is None


async def test_a_node_that_leaves_frees_its_own_accounts_only(accounts: Accounts, db: Database) -> None:
    await enter(db, "one", "two")
    await owned(accounts, db, a="one", b="two")
    await db.write(lambda conn: store.leave(conn, "one"))
    assert [member.node for member in await db.read(store.sharing)] == ["two"]
    assert (await column(db, "a", "owner"), await column(db, "a", "state")) == (None, "init")
    assert (await column(db, "b", "owner"), await column(db, "b", "state")) == ("two", "connected")


async def test_silent_nodes_are_buried_but_never_by_themselves(accounts: Accounts, db: Database) -> None:
    await enter(db, "one", "two")
    await owned(accounts, db, a="one", b="two")
    for node in ("one", "two"):
        await silence(db, node)
    assert await db.read(lambda conn: store.silent(conn, 1000, by="two")) == ["one"]
    assert sorted(await db.read(lambda conn: store.silent(conn, 1000))) == ["one", "two"]
    assert await db.write(lambda conn: store.bury_dead(conn, 1000, by="two")) == ["one"]
    assert await db.read(lambda conn: store.silent(conn, 1000, by="two")) == []
    assert (await column(db, "a", "owner"), await column(db, "b", "owner")) == (None, "two")
    taken_over = sa.select(nodes.c.taken_over).where(nodes.c.id == "two")
    assert await db.read(lambda conn: conn.execute(taken_over).scalar_one()) == 1
    assert await db.write(lambda conn: store.bury_dead(conn, 1000, by="two")) == []


async def test_a_node_that_beats_is_not_buried(db: Database) -> None:
    await enter(db, "one")
    await silence(db, "one")
    await db.write(lambda conn: store.beat(conn, "one", 0, {}))
    assert await db.write(lambda conn: store.bury_dead(conn, 60_000)) == []


async def test_where_one_process_has_the_database_everything_is_freed(accounts: Accounts, db: Database) -> None:
    await enter(db, "one")
    await owned(accounts, db, a="one")
    await db.write(store.free_all)
    assert await column(db, "a", "owner") is None
    assert await db.read(store.sharing) == []
