"""The fence of a lease, and accounts whose runner is gone."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from postroom.accounts import journal_store
from postroom.accounts.lifecycle import Facts, State
from postroom.accounts.model import Lease, StoredStanding
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.tables import account_status
from postroom.storage.tables import accounts as table
from tests.accounts.rows import column, put_state


def others(lease: Lease) -> list[Lease]:
    """Leases that differ from the valid one in one thing each."""
    return [
        replace(lease, key=lease.key + 1),
        replace(lease, owner="another"),
        replace(lease, epoch=2),
        replace(lease, revision=2),
    ]


async def test_a_lease_holds_only_if_owner_epoch_and_revision_are_the_rows(db: Database, lease: Lease) -> None:
    assert await db.write(lambda conn: journal_store.hold(conn, lease))
    assert await db.write(lambda conn: journal_store.note(conn, lease, {"connections": 2}))
    for other in others(lease):
        assert not await db.write(partial(journal_store.hold, lease=other))
        assert not await db.write(partial(journal_store.note, lease=other, values={"connections": 9}))
        assert await db.write(partial(journal_store.standing, lease=other)) is None
    assert await column(db, "a", "connections") == 2


async def test_facts_are_those_of_the_row_and_its_status(db: Database, lease: Lease) -> None:
    status = sa.update(account_status).values(error_since=77, ever_authenticated=True)
    await db.write(lambda conn: conn.execute(status) and None)
    await db.write(lambda conn: journal_store.note(conn, lease, {"state": "syncing", "failures": 3}))
    found = await db.write(lambda conn: journal_store.standing(conn, lease))
    assert found == StoredStanding(Facts(State.SYNCING, 3, ever_authenticated=True), error_since=77)


@pytest.mark.parametrize("state", [State.CONNECTING, State.SYNCING, State.CONNECTED])
async def test_an_account_that_somebody_was_at_work_on_waits_again(
    accounts: Accounts, db: Database, lease: Lease, state: State
) -> None:
    await put_state(db, "a", state)
    await db.write(lambda conn: journal_store.abandon(conn, table.c.owner == "node", 5_000, "gone"))
    row = (await accounts.get("a")).row
    assert (row.state, row.state_since, row.connections) == (State.INIT, 5_000, 0)
    newest = (await accounts.timeline("a", 0, 1)).items[0]
    assert (newest.state, newest.cause, newest.at) == (State.INIT, "gone", 5_000)


@pytest.mark.parametrize("state", [State.INIT, State.AUTHENTICATION_ERROR, State.CONNECT_ERROR, State.DISCONNECTED])
async def test_errors_and_waits_stay(accounts: Accounts, db: Database, lease: Lease, state: State) -> None:
    await put_state(db, "a", state)
    before = (await accounts.timeline("a", 0, 1)).total
    await db.write(lambda conn: journal_store.abandon(conn, sa.true(), 5_000, "gone"))
    assert (await accounts.get("a")).row.state is state
    assert (await accounts.timeline("a", 0, 1)).total == before
