"""Who owns what: claims, heartbeats, releases, on both engines."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.tables import accounts as account_rows
from postroom.storage.tables import nodes
from postroom.supervisor import store
from tests.supervisor.conftest import imap_body


async def registered(accounts: Accounts, count: int) -> None:
    for number in range(count):
        await accounts.register(f"a{number}", imap_body(9))


async def claimed(db: Database, node: str, limit: int = 100) -> list[str]:
    found = await db.write(partial(store.claim, node=node, limit=limit))
    return [given.lease.account for given in found]


async def set_all(db: Database, **values: object) -> None:
    await db.write(lambda conn: conn.execute(sa.update(account_rows).values(values)))


async def test_nodes_share_the_accounts_and_never_one_account(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 5)
    first, second = await claimed(db, "n1", 3), await claimed(db, "n2")
    assert sorted([*first, *second]) == [f"a{number}" for number in range(5)]
    assert len(first) == 3
    assert await claimed(db, "n3") == []


async def test_every_claim_is_a_new_epoch(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    (one,) = await db.write(partial(store.claim, node="n1", limit=1))
    await db.write(partial(store.release, lease=one.lease))
    (two,) = await db.write(partial(store.claim, node="n1", limit=1))
    assert two.lease.epoch == one.lease.epoch + 1
    await db.write(partial(store.release, lease=one.lease))
    assert await claimed(db, "n2") == [], "a lease of the past gives nothing away"


async def test_an_account_at_rest_is_claimed_only_after_its_revision_moved(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    await set_all(db, parked_revision=1)
    assert await claimed(db, "n1") == []
    await accounts.reconnect("a0")
    assert await claimed(db, "n1") == ["a0"]


async def test_an_assignment_says_what_a_runner_needs(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    await accounts.flush("a0")
    (given,) = await db.write(partial(store.claim, node="n1", limit=1))
    assert (given.wanted, given.flush_pending, given.lease.revision) == ("run", True, 2)
    assert given.document["imap"]["auth"]["pass"] == "******"
    assert given.sealed is not None


async def test_a_node_without_heartbeat_is_buried_and_its_accounts_are_free(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 2)
    for node in ("alive", "dead"):
        await db.write(partial(store.enter, node=node, host="h", version="1"))
    assert len(await claimed(db, "dead")) == 2
    old = sa.update(nodes).where(nodes.c.id == "dead").values(heartbeat_at=nodes.c.heartbeat_at - 60_000)
    await db.write(lambda conn: conn.execute(old))
    assert await db.write(partial(store.bury_dead, ttl_ms=15_000)) == ["dead"]
    assert await db.write(partial(store.beat, node="dead", running=0, load={})) is None
    assert await db.write(partial(store.beat, node="alive", running=0, load={})) is False
    assert len(await claimed(db, "alive")) == 2


async def test_leaving_gives_everything_back(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 2)
    await db.write(partial(store.enter, node="n1", host="h", version="1"))
    await claimed(db, "n1")
    await db.write(partial(store.leave, node="n1"))
    assert len(await claimed(db, "n2")) == 2


async def test_settling_is_fenced(db: Database, accounts: Accounts) -> None:
    await registered(accounts, 1)
    (given,) = await db.write(partial(store.claim, node="n1", limit=1))
    await set_all(db, failures=4)
    await accounts.reconnect("a0")
    await db.write(partial(store.settle, lease=given.lease))
    assert (await accounts.get("a0")).row.failures == 4
    (wanted,) = await db.read(partial(store.owned, node="n1", ids=["a0"]))
    assert wanted.revision == 2
