"""Actions are carried out account by account, to the end, whichever process begins or ends meanwhile."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from postroom.accounts.bulk.model import BulkAction, BulkJob
from postroom.accounts.bulk.service import BulkActions
from postroom.accounts.bulk.worker import FAULT, BulkWorker
from postroom.accounts.model import AccountNotFound, ListQuery
from postroom.accounts.service import Accounts
from postroom.errors import Permanent, StorageUnavailable
from postroom.storage.database import Database
from postroom.tasks import ended
from tests.accounts.bodies import body
from tests.accounts.conftest import Clock
from tests.accounts.rows import column
from tests.fakes.waiting import eventually

NAMES = [f"a{n}" for n in range(7)]


@pytest.fixture
async def bulk(accounts: Accounts, db: Database, clock: Clock) -> BulkActions:
    """The service over seven accounts."""
    for name in NAMES:
        await accounts.register(name, body())
    return BulkActions(db, clock)


def worker(accounts: Accounts, node: str = "node") -> BulkWorker:
    """The worker of a node, with small batches."""
    return BulkWorker(db=accounts.db, accounts=accounts, node_id=node, clock=accounts.clock, batch=3)


async def begun(bulk: BulkActions, action: BulkAction) -> BulkJob:
    return await bulk.begin(action, ListQuery(), wish="all", by="admin")


async def worked(accounts: Accounts) -> None:
    """Work until nothing is due."""
    one = worker(accounts)
    while await one.work(set()) is not None:
        pass


async def revisions(db: Database) -> list[int]:
    return [await column(db, name, "revision") for name in NAMES]


async def test_every_account_is_reconnected(accounts: Accounts, bulk: BulkActions, db: Database) -> None:
    job = await begun(bulk, BulkAction.RECONNECT)
    await worked(accounts)
    done = await bulk.get(job.id)
    assert (done.position, done.failed, done.percent, done.is_running) == (7, 0, 100, False)
    assert await revisions(db) == [2] * 7


async def test_every_account_is_disconnected(accounts: Accounts, bulk: BulkActions, db: Database) -> None:
    await begun(bulk, BulkAction.DISCONNECT)
    await worked(accounts)
    assert [await column(db, name, "wanted") for name in NAMES] == ["stopped"] * 7


async def test_every_account_is_deleted(accounts: Accounts, bulk: BulkActions) -> None:
    job = await begun(bulk, BulkAction.DELETE)
    await accounts.register("later", body())
    await worked(accounts)
    assert (await bulk.get(job.id)).failed == 0
    assert [item.row.account for item in (await accounts.list_page(ListQuery())).items] == ["later"]


async def test_progress_is_seen_after_each_batch(accounts: Accounts, bulk: BulkActions) -> None:
    job = await begun(bulk, BulkAction.RECONNECT)
    seen = []
    one = worker(accounts)
    for _ in range(3):
        await one.work(set())
        seen.append((await bulk.get(job.id)).position)
    assert seen == [3, 6, 7]


async def test_accounts_that_are_gone_do_not_stop_the_others(
    accounts: Accounts, bulk: BulkActions, db: Database
) -> None:
    job = await begun(bulk, BulkAction.RECONNECT)
    await accounts.remove("a1")
    await worked(accounts)
    done = await bulk.get(job.id)
    assert (done.position, done.failed) == (7, 1)
    ((place, account, error),) = await bulk.errors(job.id)
    assert (place, account, error) == (2, "a1", "The account was deleted meanwhile.")
    with pytest.raises(AccountNotFound):
        await accounts.get("a1")


async def test_what_an_account_cannot_have_is_listed(
    accounts: Accounts, bulk: BulkActions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(self: Accounts, account: str) -> None:
        raise Permanent(f"{account} is special")

    monkeypatch.setattr(Accounts, "reconnect", refuse)
    job = await begun(bulk, BulkAction.RECONNECT)
    await worked(accounts)
    assert [item.error for item in await bulk.errors(job.id, 2)] == ["a0 is special", "a1 is special"]
    assert (await bulk.get(job.id)).failed == 7


async def test_a_fault_with_one_account_is_noted_and_the_others_go_on(
    accounts: Accounts, bulk: BulkActions, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconnect = Accounts.reconnect

    async def break_down(self: Accounts, account: str) -> None:
        if account == "a4":
            raise RuntimeError("the password is hunter2")
        await reconnect(self, account)

    monkeypatch.setattr(Accounts, "reconnect", break_down)
    job = await begun(bulk, BulkAction.RECONNECT)
    with capture_logs() as logs:
        await worked(accounts)
    done = await bulk.get(job.id)
    assert (done.position, done.failed, done.is_running) == (7, 1, False)
    assert await revisions(db) == [2, 2, 2, 2, 1, 2, 2]
    (incident,) = [line["incident"] for line in logs if line.get("account") == "a4"]
    ((place, account, error),) = await bulk.errors(job.id)
    assert (place, account, error) == (5, "a4", f"{FAULT} {incident}.")


async def test_a_process_goes_on_where_a_dead_one_stopped(
    accounts: Accounts, bulk: BulkActions, db: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one dies in its second batch; its accounts are dealt with again, and no other is."""
    job = await begun(bulk, BulkAction.RECONNECT)
    dead, living = worker(accounts, "dead"), worker(accounts, "living")
    await dead.work(set())
    with monkeypatch.context() as broken:

        async def unavailable(self: Accounts, account: str) -> None:
            raise StorageUnavailable("gone")

        broken.setattr(Accounts, "reconnect", unavailable)
        with pytest.raises(StorageUnavailable):
            await worker(accounts, "dead").work(set())
    wait = await living.work(set())
    assert wait == 60.0
    assert await revisions(db) == [2, 2, 2, 1, 1, 1, 1]
    clock.now += 60_000
    await living.work(set())
    await living.work(set())
    assert await revisions(db) == [2] * 7
    assert (await bulk.get(job.id)).position == 7


async def test_a_process_that_slept_does_not_count_twice(
    accounts: Accounts, bulk: BulkActions, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease ends while it works on a batch, and another process deals with the same accounts."""
    job = await begun(bulk, BulkAction.RECONNECT)
    quick = worker(accounts, "quick")
    reconnect = Accounts.reconnect

    async def slowly(self: Accounts, account: str) -> None:
        if account == "a0":
            monkeypatch.setattr(Accounts, "reconnect", reconnect)
            clock.now += 60_001
            await quick.work(set())
        await reconnect(self, account)

    monkeypatch.setattr(Accounts, "reconnect", slowly)
    await worker(accounts, "slow").work(set())
    assert (await bulk.get(job.id)).position == 3


async def test_an_action_that_is_stopped_leaves_the_others_alone(
    accounts: Accounts, bulk: BulkActions, db: Database
) -> None:
    job = await begun(bulk, BulkAction.RECONNECT)
    await worker(accounts).work(set())
    await bulk.stop(job.id)
    await worked(accounts)
    stopped = await bulk.get(job.id)
    assert (stopped.position, stopped.left, stopped.stopped) == (3, 4, True)
    assert await revisions(db) == [2, 2, 2, 1, 1, 1, 1]


async def test_the_oldest_action_comes_first(accounts: Accounts, bulk: BulkActions, clock: Clock) -> None:
    first = await begun(bulk, BulkAction.RECONNECT)
    clock.now += 1
    second = await begun(bulk, BulkAction.DISCONNECT)
    for _ in range(3):
        await worker(accounts).work(set())
    assert [(await bulk.get(job.id)).position for job in (first, second)] == [7, 0]


async def test_an_action_begins_at_once(accounts: Accounts, bulk: BulkActions) -> None:
    """The loop sleeps until somebody asks for an action, and then does not wait for its poll."""
    running = asyncio.create_task(worker(accounts).run())
    await asyncio.sleep(0)
    job = await begun(bulk, BulkAction.RECONNECT)
    done: list[bool] = []

    async def look() -> None:
        while (await bulk.get(job.id)).is_running:
            await asyncio.sleep(0.01)
        done.append(True)

    looking = asyncio.create_task(look())
    await eventually(lambda: done)
    await looking
    running.cancel()
    await ended(running)
