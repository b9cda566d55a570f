"""A step of an account's life is written whole, by its lease holder alone, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts import journal
from postroom.accounts.journal import STATE_TOPIC, LeaseLost, check_lease, record
from postroom.accounts.journal_store import standing
from postroom.accounts.known.last_error import LastError
from postroom.accounts.known.server_told import ServerTold
from postroom.accounts.lifecycle import Facts, IllegalStep, State, Trigger
from postroom.accounts.model import Lease, Report, StoredStanding
from postroom.accounts.service import Accounts
from postroom.events.cursor import read_after
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, events, metadata, timeline
from postroom.storage.tables import accounts as table
from tests.accounts.bodies import body
from tests.accounts.conftest import Clock

ERROR = LastError("NO bad password", "AUTHENTICATIONFAILED")
STORY: list[tuple[Trigger, dict[str, Any]]] = [
    (Trigger.ATTEMPT, {}),
    (Trigger.REFUSED, {"error": ERROR, "fingerprint": "refused"}),
    (Trigger.ATTEMPT, {"failures": 0}),
    (Trigger.REFUSED, {"error": ERROR, "fingerprint": "refused"}),
    (Trigger.ATTEMPT, {}),
    (Trigger.SIGNED_IN, {"user": "u"}),
    (Trigger.SYNCED, {}),
    (Trigger.DROPPED, {"error": ERROR}),
    (Trigger.ATTEMPT, {}),
    (Trigger.FAILED, {"error": ERROR, "fingerprint": "route"}),
]
DOVECOT = ServerTold("ready", ["IDLE"], {"name": "Dovecot"}, "Dovecot")


async def report(db: Database, lease: Lease, trigger: Trigger, **fields: Any) -> Facts:
    fields = {"at": 2_000, "cause": trigger.value, **fields}
    return (await db.write(partial(record, lease=lease, report=Report(trigger, **fields)))).facts


async def status(db: Database) -> dict[str, Any]:
    row = await db.read(lambda conn: conn.execute(sa.select(account_status)).one())
    return dict(zip(account_status.c.keys(), row, strict=True))


async def everything(db: Database) -> list[list[Any]]:
    return await db.read(lambda conn: [list(conn.execute(sa.select(part)).all()) for part in metadata.sorted_tables])


async def test_a_step_writes_state_timeline_and_event_together(
    accounts: Accounts, db: Database, lease: Lease, clock: Clock
) -> None:
    waiter = db.wakeups.subscribe(STATE_TOPIC)
    await report(db, lease, Trigger.ATTEMPT, next_attempt=None, connections=1)
    facts = await report(db, lease, Trigger.SIGNED_IN, at=3_000, user="anna", server=DOVECOT)
    assert facts == Facts(State.SYNCING, ever_authenticated=True)
    view = await accounts.get("a")
    assert (view.row.state, view.row.state_since, view.row.connections) == (State.SYNCING, 3_000, 1)
    assert view.server == DOVECOT
    lines = (await accounts.timeline("a", 0, 10)).items
    assert [(line.state, line.at, line.cause) for line in lines] == [
        (State.SYNCING, 3_000, "signedIn"),
        (State.CONNECTING, 2_000, "attempt"),
        (State.INIT, clock.now, "registered"),
    ]
    _, signed_in = await db.read(lambda conn: read_after(conn, lease.key, 0))
    assert (signed_in.type, signed_in.account_seq, signed_in.at) == ("authenticationSuccess", 2, 3_000)
    assert '"data":{"user":"anna"}' in signed_in.payload
    assert await waiter.wait(5) == {"a"}


async def test_a_failure_is_kept_with_its_time_and_the_next_attempt(
    accounts: Accounts, db: Database, lease: Lease
) -> None:
    await report(db, lease, Trigger.ATTEMPT)
    failure = {"error": ERROR, "fingerprint": "refused"}
    await report(db, lease, Trigger.REFUSED, at=5_000, next_attempt=65_000, **failure)
    view = await accounts.get("a")
    assert (view.row.state, view.row.failures, view.row.next_attempt) == (State.AUTHENTICATION_ERROR, 1, 65_000)
    assert view.last_error == ERROR
    assert (await status(db))["error_since"] == 5_000
    (line, *_) = (await accounts.timeline("a", 0, 10)).items
    assert (line.attempt, line.detail) == (1, ERROR)
    # The same failure again: the first time stays, and nothing is announced.
    await report(db, lease, Trigger.ATTEMPT, at=65_000)
    await report(db, lease, Trigger.REFUSED, at=66_000, **failure)
    assert (await status(db))["error_since"] == 5_000
    assert (await accounts.get("a")).counters == {"accountAdded": 1, "authenticationError": 1}
    # Another failure: a new time, a new event.
    await report(db, lease, Trigger.ATTEMPT, at=70_000)
    await report(db, lease, Trigger.FAILED, at=71_000, error=LastError("no route"), fingerprint="route")
    assert (await status(db))["error_since"] == 71_000
    view = await accounts.get("a")
    assert view.counters == {"accountAdded": 1, "authenticationError": 1, "connectError": 1}
    assert view.last_error == LastError("no route")


async def test_a_recovery_clears_the_error(accounts: Accounts, db: Database, lease: Lease) -> None:
    await report(db, lease, Trigger.ATTEMPT)
    await report(db, lease, Trigger.FAILED, error=ERROR, fingerprint="x", next_attempt=9)
    for trigger in (Trigger.ATTEMPT, Trigger.SIGNED_IN):
        await report(db, lease, trigger, user="u")
        assert (await accounts.get("a")).last_error == ERROR
    await report(db, lease, Trigger.SYNCED, sync_time=7_000)
    view = await accounts.get("a")
    assert (view.row.state, view.last_error, view.row.next_attempt, view.row.sync_time) == (
        State.CONNECTED,
        None,
        None,
        7_000,
    )
    assert view.counters == {
        "accountAdded": 1,
        "connectError": 1,
        "authenticationSuccess": 1,
        "accountInitialized": 1,
    }
    assert (await status(db))["error_since"] is None


async def test_state_since_moves_only_with_the_state(accounts: Accounts, db: Database, lease: Lease) -> None:
    await report(db, lease, Trigger.ATTEMPT, at=5_000)
    await report(db, lease, Trigger.ATTEMPT, at=6_000)
    assert (await accounts.get("a")).row.state_since == 5_000


async def test_a_lease_that_has_moved_on_writes_nothing(accounts: Accounts, db: Database, lease: Lease) -> None:
    stale = [
        Lease(lease.key, "a", "node", 0, 1),
        Lease(lease.key, "a", "node", 2, 1),
        Lease(lease.key, "a", "node", 1, 2),
        Lease(lease.key + 1, "a", "node", 1, 1),
        Lease(lease.key, "a", "another node", 1, 1),
    ]
    before = await everything(db)
    for old in stale:
        with pytest.raises(LeaseLost):
            await report(db, old, Trigger.ATTEMPT)
        with pytest.raises(LeaseLost):
            await db.write(partial(check_lease, lease=old))
    assert await everything(db) == before
    await db.write(partial(check_lease, lease=lease))


@pytest.mark.parametrize("command", ["reconnect", "disconnect", "flush", "remove"])
async def test_a_command_ends_the_lease(accounts: Accounts, db: Database, lease: Lease, command: str) -> None:
    await getattr(accounts, command)("a")
    with pytest.raises(LeaseLost):
        await report(db, lease, Trigger.ATTEMPT)


async def test_the_lease_of_a_deleted_account_does_not_reach_its_successor(
    accounts: Accounts, db: Database, lease: Lease
) -> None:
    await accounts.remove("a")
    await accounts.register("a", body())
    await db.write(lambda conn: conn.execute(sa.update(table).values(owner="node", epoch=1)) and None)
    with pytest.raises(LeaseLost):
        await report(db, lease, Trigger.ATTEMPT)
    assert (await accounts.get("a")).row.state is State.INIT


async def test_an_illegal_step_writes_nothing(accounts: Accounts, db: Database, lease: Lease) -> None:
    before = await everything(db)
    with pytest.raises(IllegalStep):
        await report(db, lease, Trigger.SYNCED)
    assert await everything(db) == before


async def test_what_fails_beside_a_step_undoes_the_step(accounts: Accounts, db: Database, lease: Lease) -> None:
    def work(conn: Connection) -> None:
        record(conn, lease, Report(Trigger.ATTEMPT, 2_000, "attempt"))
        raise RuntimeError("sync failed")

    before = await everything(db)
    with pytest.raises(RuntimeError):
        await db.write(work)
    assert await everything(db) == before


async def test_concurrent_steps_and_changes_take_turns(accounts: Accounts, db: Database, lease: Lease) -> None:
    """A runner and the API write the same account at once: every step is counted, and no event number is used twice."""
    steps = [report(db, lease, Trigger.ATTEMPT) for _ in range(10)]
    changes = [accounts.update("a", {"name": f"{n}"}) for n in range(10)]
    await asyncio.gather(*steps, *changes)
    assert (await accounts.timeline("a", 0, 100)).total == 11
    assert (await accounts.get("a")).row.version == 11


async def test_the_timeline_is_cut_to_its_length(
    accounts: Accounts, db: Database, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    await accounts.register("b", body())
    monkeypatch.setattr(journal, "_PRUNE_ONE_IN", 1)
    for number in range(30):
        step = Report(Trigger.ATTEMPT, number, f"{number}")
        await db.write(partial(record, lease=lease, report=step, keep=12))
    page = await accounts.timeline("a", 0, 100)
    assert [entry.cause for entry in page.items] == [f"{number}" for number in range(29, 17, -1)]
    assert page.total == 12
    assert (await accounts.timeline("b", 0, 10)).total == 1


async def test_cutting_the_timeline_now_and_then_keeps_it_near_its_length(db: Database, lease: Lease) -> None:
    def work(conn: Connection) -> int:
        for number in range(600):
            record(conn, lease, Report(Trigger.ATTEMPT, number, "again"), keep=20)
        return int(conn.execute(sa.select(sa.func.count()).select_from(timeline)).scalar_one())

    # That no cut at all happens in the last 300 steps has the odds of one in 250 million.
    assert await db.write(work) < 20 + 300


async def test_a_step_without_news_appends_no_event(db: Database, lease: Lease) -> None:
    await report(db, lease, Trigger.ATTEMPT)
    assert await db.read(lambda conn: conn.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()) == 1


@pytest.mark.parametrize("recalls", [True, False])
async def test_a_step_that_knows_what_is_stored_writes_what_one_that_reads_it_writes(
    db: Database, lease: Lease, recalls: bool
) -> None:
    known: StoredStanding | None = None
    for at, (trigger, fields) in enumerate(STORY, 1):
        told = Report(trigger, at, trigger.value, **fields)
        done = await db.write(partial(record, lease=lease, report=told, known=known))
        assert done == await db.write(partial(standing, lease=lease))
        known = done if recalls else None
    stored = await status(db)
    assert (stored["error_since"], stored["event_seq"]) == (10, 5)
    assert stored["counters"] == {
        "accountAdded": 1,
        "authenticationError": 1,
        "authenticationSuccess": 1,
        "accountInitialized": 1,
        "connectError": 1,
    }


@pytest.mark.parametrize("lost", [{"owner": "other"}, {"epoch": 2}, {"revision": 2}])
async def test_what_is_known_does_not_replace_the_lease(db: Database, lease: Lease, lost: dict[str, Any]) -> None:
    known = await db.write(partial(record, lease=lease, report=Report(Trigger.ATTEMPT, 1, "attempt")))
    before = await everything(db)
    told = Report(Trigger.SIGNED_IN, 2, "signed in")
    with pytest.raises(LeaseLost):
        await db.write(partial(record, lease=replace(lease, **lost), report=told, known=known))
    assert await everything(db) == before
