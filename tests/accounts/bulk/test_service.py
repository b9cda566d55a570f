"""An action is asked for once: on the accounts that match then, and only on as many as were confirmed."""

from __future__ import annotations

import asyncio

import pytest
import sqlalchemy as sa

from postroom.accounts.bulk.model import BulkAction, JobNotFound, NothingMatches, OtherNumber
from postroom.accounts.bulk.service import BulkActions
from postroom.accounts.lifecycle import State
from postroom.accounts.model import AccountOrder, ListQuery
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.schema.bulk import bulk_items, bulk_jobs
from tests.accounts.bodies import body
from tests.accounts.conftest import Clock
from tests.accounts.rows import count, put_state

WEEK = 7 * 24 * 3600 * 1000


@pytest.fixture
async def bulk(accounts: Accounts, db: Database, clock: Clock) -> BulkActions:
    """The service over four accounts, two of which cannot connect."""
    for name in ("d", "c", "b", "a"):
        await accounts.register(name, body(name=name.upper()))
    for name in ("a", "c"):
        await put_state(db, name, State.CONNECT_ERROR)
    return BulkActions(db, clock)


async def items(db: Database, job: str) -> list[str]:
    query = sa.select(bulk_items.c.account).where(bulk_items.c.job == job).order_by(bulk_items.c.place)
    return list(await db.read(lambda conn: conn.execute(query).scalars()))


async def begun(bulk: BulkActions, **query: object) -> str:
    asked = ListQuery(**query)  # type: ignore[arg-type]
    return (await bulk.begin(BulkAction.RECONNECT, asked, wish="all", by="admin")).id


async def test_an_action_holds_the_accounts_that_match(bulk: BulkActions, db: Database) -> None:
    job = await bulk.begin(
        BulkAction.DELETE, ListQuery(state=State.CONNECT_ERROR, page=3), wish="failing", by="admin", expected=2
    )
    assert (job.action, job.wish, job.asked_by, job.total, job.position) == (
        BulkAction.DELETE,
        "failing",
        "admin",
        2,
        0,
    )
    assert (job.is_running, job.percent, job.left) == (True, 0, 2)
    assert await items(db, job.id) == ["a", "c"]
    assert await bulk.get(job.id) == job


async def test_accounts_are_dealt_with_in_the_order_of_the_list(bulk: BulkActions, db: Database) -> None:
    job = await begun(bulk, order=AccountOrder.NAME, descending=True, names=("a", "b", "d"))
    assert await items(db, job) == ["d", "b", "a"]


async def test_another_number_than_the_confirmed_one_does_nothing(bulk: BulkActions, db: Database) -> None:
    with pytest.raises(OtherNumber) as refused:
        await bulk.begin(BulkAction.DELETE, ListQuery(), wish="all", by="admin", expected=3)
    assert refused.value.number == 4
    assert await count(db, bulk_jobs) == 0


@pytest.mark.parametrize("query", [ListQuery(text="nobody"), ListQuery(text="\0"), ListQuery(names=())])
async def test_nothing_to_do_is_no_action(bulk: BulkActions, db: Database, query: ListQuery) -> None:
    with pytest.raises(NothingMatches):
        await bulk.begin(BulkAction.RECONNECT, query, wish="", by="admin")
    assert await count(db, bulk_jobs) == 0


async def test_actions_are_listed_newest_first(bulk: BulkActions, clock: Clock) -> None:
    jobs = []
    for _ in range(3):
        clock.now += 1
        jobs.append(await begun(bulk))
    assert [job.id for job in await bulk.newest(2)] == jobs[:0:-1]


async def test_an_action_that_was_stopped_has_ended(bulk: BulkActions, clock: Clock) -> None:
    job = await begun(bulk)
    clock.now += 5
    stopped = await bulk.stop(job)
    assert (stopped.stopped, stopped.finished_at, stopped.left) == (True, clock.now, 4)
    clock.now += 5
    assert await bulk.stop(job) == stopped


async def test_finished_actions_are_forgotten_after_a_week(bulk: BulkActions, db: Database, clock: Clock) -> None:
    old, running = await begun(bulk), await begun(bulk)
    await bulk.stop(old)
    clock.now += WEEK + 1
    new = await begun(bulk)
    assert {job.id for job in await bulk.newest(9)} == {running, new}
    assert await count(db, bulk_items) == 8
    with pytest.raises(JobNotFound):
        await bulk.get(old)


@pytest.mark.parametrize("job", ["unknown", "\0"])
async def test_an_unknown_action_is_not_found(bulk: BulkActions, job: str) -> None:
    with pytest.raises(JobNotFound):
        await bulk.get(job)
    with pytest.raises(JobNotFound):
        await bulk.stop(job)


async def test_a_form_that_is_sent_twice_is_one_action(bulk: BulkActions, db: Database) -> None:
    async def begin() -> str:
        asked = {"wish": "all", "by": "admin", "expected": 4, "id_": "0123456789abcdef"}
        return (await bulk.begin(BulkAction.DELETE, ListQuery(), **asked)).id  # type: ignore[arg-type]

    assert await asyncio.gather(*(begin() for _ in range(4))) == ["0123456789abcdef"] * 4
    assert len(await bulk.newest()) == 1
    assert await items(db, "0123456789abcdef") == ["a", "b", "c", "d"]
