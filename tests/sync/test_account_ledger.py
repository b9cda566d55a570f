"""The one writer of an account: fenced by its lease, events and state together, progress at a bounded pace."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.journal import LeaseLost
from postroom.accounts.model import Lease
from postroom.events.types import Event, MessageDeleted
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, mailboxes, timeline
from postroom.sync import store
from postroom.sync.account_ledger import AccountLedger
from postroom.sync.progress import MILESTONE_EVERY, WRITE_EVERY
from tests.sync.live_account import LiveAccount

GONE = MessageDeleted("INBOX", "\\Inbox", "AAAAAQAAAAE", 1)


def ledger_of(account: LiveAccount, **lease: Any) -> AccountLedger:
    return AccountLedger(account.db, replace(Lease(account.key, "a", "node", 1, 1), **lease), lambda: account.time)


def add_folder(conn: Connection, key: int, path: str = "a") -> tuple[str, Sequence[Event]]:
    row = store.FolderListed(path=path, delimiter="/", attributes=[], special_use=None, object_id=None)
    store.insert(conn, key, [row])
    return path, [GONE]


async def column(account: LiveAccount, name: str) -> Any:
    query = sa.select(accounts.c[name]).where(accounts.c.key == account.key)
    return await account.db.read(lambda conn: conn.execute(query).scalar_one())


async def test_state_events_and_the_time_of_the_sync_are_written_together(account: LiveAccount) -> None:
    ledger = ledger_of(account)
    assert await ledger.write(lambda conn: add_folder(conn, account.key)) == "a"
    assert await account.names() == ["messageDeleted"]
    assert await column(account, "sync_time") == account.time == ledger.now()
    assert list(await ledger.read(lambda conn: store.load(conn, account.key))) == ["a"]


@pytest.mark.parametrize("lost", [{"owner": "other"}, {"epoch": 2}, {"revision": 2}])
async def test_whoever_has_lost_the_lease_writes_nothing(account: LiveAccount, lost: dict[str, Any]) -> None:
    ledger = ledger_of(account, **lost)
    ledger.progress.folders_total = 1
    for work in (
        ledger.write(lambda conn: add_folder(conn, account.key)),
        ledger.note(2),
        ledger.touch(),
    ):
        with pytest.raises(LeaseLost):
            await work
    assert await account.names() == []
    assert await account.db.read(lambda conn: conn.execute(sa.select(mailboxes.c.id)).all()) == []
    assert await column(account, "sync_time") is None


async def test_what_fails_is_undone_as_a_whole(account: LiveAccount) -> None:
    def fail(conn: Connection) -> tuple[None, Sequence[Event]]:
        add_folder(conn, account.key)
        raise ValueError("in the middle")

    ledger = ledger_of(account)
    with pytest.raises(ValueError, match="in the middle"):
        await ledger.write(fail)
    await ledger.touch()
    assert await account.names() == []
    assert await ledger.read(lambda conn: store.load(conn, account.key)) == {}


async def test_progress_is_written_no_more_often_than_once_a_second(account: LiveAccount) -> None:
    ledger = ledger_of(account)
    ledger.progress.folders_total = 9
    await ledger.touch()
    first = await account.progress()
    ledger.progress.folders_done = 1
    await ledger.touch()
    assert await account.progress() == first
    account.time += WRITE_EVERY
    await ledger.touch()
    assert (await account.progress())["folders"] == {"done": 1, "total": 9}


async def test_a_long_sync_is_told_in_the_timeline(account: LiveAccount) -> None:
    ledger = ledger_of(account)
    ledger.progress.folders_total = 2
    for _ in range(3):
        await ledger.touch()
        account.time += MILESTONE_EVERY
    query = sa.select(timeline.c.cause).where(timeline.c.account_key == account.key)
    causes = await account.db.read(lambda conn: list(conn.execute(query).scalars()))
    assert causes == ["syncing: 0 of 2 folders in sync"] * 2


async def test_connections_are_noted_without_claiming_to_be_in_step(account: LiveAccount) -> None:
    ledger = ledger_of(account)
    ledger.progress.unlisted = True
    await ledger.note(3)
    assert await column(account, "connections") == 3
    assert await column(account, "sync_time") is None
    assert (await account.progress())["unlisted"] is True


async def test_writes_come_one_after_the_other(account: LiveAccount) -> None:
    """Of two writes of the progress the later one is the last, whoever makes them."""
    ledger = ledger_of(account)
    ledger.progress.folders_total = 100

    async def go_on(done: int) -> None:
        ledger.progress.folders_done = done
        await ledger.note(1)

    await asyncio.gather(*(go_on(done) for done in range(1, 20)))
    assert (await account.progress())["folders"] == {"done": 19, "total": 100}
