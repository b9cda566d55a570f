"""The event log: numbers without a gap, counters, the shape of the payload, pruning."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import cast

import orjson
import pytest
import sqlalchemy as sa

from postroom.events.cursor import read_after
from postroom.events.log import REPORTS_TOPIC, TOPIC, AccountNews, append, append_all, begin, prune
from postroom.events.model import LoggedEvent
from postroom.events.types import (
    Event,
    MessageNew,
    account_added,
    account_initialized,
    authentication_success,
    connect_error,
)
from postroom.mail.shapes import MessageObject
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, accounts, events

AT = 1_767_225_600_123


async def add_account(db: Database, account: str) -> int:
    def work(conn: Connection) -> int:
        row: dict[str, object] = {"account": account, "name": "", "email": "", "search": "", "type": "imap"}
        row |= {"created_at": 0, "state": "init", "state_since": 0}
        key = conn.execute(sa.insert(accounts).values(row).returning(accounts.c.key)).scalar_one()
        begin(conn, key, account, account_added(account), AT)
        return int(key)

    return await db.write(work)


async def append_to(db: Database, key: int, account: str, new: Sequence[Event], at: int = AT) -> None:
    await db.write(lambda conn: append(conn, key, account, new, at))


async def logged(db: Database, key: int) -> list[LoggedEvent]:
    return await db.read(lambda conn: read_after(conn, key, 0, limit=1000))


async def counters(db: Database, key: int) -> dict[str, int]:
    query = sa.select(account_status.c.counters).where(account_status.c.account_key == key)
    return dict(await db.read(lambda conn: conn.execute(query).scalar_one()))


async def test_events_are_numbered_in_order_and_counted(db: Database) -> None:
    key = await add_account(db, "a")
    await append_to(db, key, "a", [authentication_success("u"), account_initialized()])
    await append_to(db, key, "a", [])
    await append_to(db, key, "a", [authentication_success("u")])
    assert [(event.account_seq, event.type) for event in await logged(db, key)] == [
        (1, "accountAdded"),
        (2, "authenticationSuccess"),
        (3, "accountInitialized"),
        (4, "authenticationSuccess"),
    ]
    assert await counters(db, key) == {"accountAdded": 1, "authenticationSuccess": 2, "accountInitialized": 1}


async def test_each_account_has_numbers_of_its_own(db: Database) -> None:
    first, second = await add_account(db, "a"), await add_account(db, "b")
    await append_to(db, second, "b", [account_initialized()])
    assert [event.account_seq for event in await logged(db, first)] == [1]
    assert [event.account_seq for event in await logged(db, second)] == [1, 2]


async def test_events_of_many_accounts_are_appended_together(db: Database) -> None:
    first, second = await add_account(db, "a"), await add_account(db, "b")
    news = [
        AccountNews(second, "b", [account_initialized()]),
        AccountNews(first, "a", []),
        AccountNews(first, "a", [authentication_success("u"), account_initialized()]),
        AccountNews(second, "b", [authentication_success("u")]),
    ]
    waiter = db.wakeups.subscribe(TOPIC)
    await db.write(lambda conn: append_all(conn, news, AT))
    assert [(event.account_seq, event.type) for event in await logged(db, second)] == [
        (1, "accountAdded"),
        (2, "accountInitialized"),
        (3, "authenticationSuccess"),
    ]
    assert [event.account_seq for event in await logged(db, first)] == [1, 2, 3]
    assert await counters(db, second) == {"accountAdded": 1, "accountInitialized": 1, "authenticationSuccess": 1}
    assert await waiter.wait(30)
    await db.write(lambda conn: append_all(conn, news[1:2], AT))
    assert await waiter.wait(0) == set()


async def test_concurrent_appends_leave_no_gap_and_no_double(db: Database) -> None:
    key = await add_account(db, "a")
    other = await add_account(db, "b")
    batches = [[authentication_success(f"{n}")] * (n % 3 + 1) for n in range(30)]
    await asyncio.gather(
        *[append_to(db, key, "a", batch) for batch in batches],
        *[append_to(db, other, "b", [account_initialized()]) for _ in range(10)],
    )
    total = sum(map(len, batches))
    found = await logged(db, key)
    assert [event.account_seq for event in found] == list(range(1, total + 2))
    assert [event.seq for event in found] == sorted(event.seq for event in found)
    assert await counters(db, key) == {"accountAdded": 1, "authenticationSuccess": total}
    assert await counters(db, other) == {"accountAdded": 1, "accountInitialized": 10}


async def test_an_append_that_is_undone_leaves_no_gap(db: Database) -> None:
    key = await add_account(db, "a")

    def fail(conn: Connection) -> None:
        append(conn, key, "a", [account_initialized()], AT)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await db.write(fail)
    await append_to(db, key, "a", [connect_error({})])
    assert [(event.account_seq, event.type) for event in await logged(db, key)] == [
        (1, "accountAdded"),
        (2, "connectError"),
    ]
    assert await counters(db, key) == {"accountAdded": 1, "connectError": 1}


async def test_the_payload_is_the_body_of_the_webhook(db: Database) -> None:
    key = await add_account(db, "käse@example.com")
    message: MessageObject = {
        "id": "AAAB",
        "uid": 1,
        "path": "INBOX",
        "flags": ["\\Seen"],
        "subject": "Grüße 🐘",
        "to": [{"name": "Ada", "address": "ada@example.com"}],
    }
    elsewhere: MessageObject = {**message, "id": "AAAC", "path": "x"}
    new = [MessageNew("INBOX", "\\Inbox", message), MessageNew("x", None, elsewhere)]
    await append_to(db, key, "käse@example.com", new)
    added, inbox, other = await logged(db, key)
    assert orjson.loads(added.payload) == {
        "account": "käse@example.com",
        "date": "2026-01-01T00:00:00.123Z",
        "event": "accountAdded",
        "data": {"account": "käse@example.com"},
    }
    assert orjson.loads(inbox.payload) == {
        "account": "käse@example.com",
        "date": "2026-01-01T00:00:00.123Z",
        "path": "INBOX",
        "specialUse": "\\Inbox",
        "event": "messageNew",
        "data": message,
    }
    assert "specialUse" not in orjson.loads(other.payload)
    assert (inbox.account, inbox.account_key, inbox.type, inbox.at) == ("käse@example.com", key, "messageNew", AT)
    assert len({str(uuid.UUID(event.id)) for event in (added, inbox, other)}) == 3


async def test_waiters_learn_of_new_events_only(db: Database) -> None:
    waiter = db.wakeups.subscribe(TOPIC)
    key = await add_account(db, "a")
    assert await waiter.wait(5), "the account's first event"
    await append_to(db, key, "a", [])
    assert await waiter.wait(0.1) == set()
    await append_to(db, key, "a", [account_initialized()])
    assert await waiter.wait(5)


async def test_the_log_is_read_from_a_number_on(db: Database) -> None:
    key = await add_account(db, "a")
    await append_to(db, key, "a", [authentication_success(f"{n}") for n in range(9)])
    first = await db.read(lambda conn: read_after(conn, key, 0, limit=4))
    rest = await db.read(lambda conn: read_after(conn, key, first[-1].account_seq))
    assert [event.account_seq for event in (*first, *rest)] == list(range(1, 11))
    assert await db.read(lambda conn: read_after(conn, key, 10)) == []


async def test_pruning_takes_old_events_that_were_routed_a_few_at_a_time(db: Database) -> None:
    key = await add_account(db, "a")
    for at in range(AT + 1, AT + 10):
        await append_to(db, key, "a", [account_initialized()], at)
    routed = sa.update(events).where(events.c.at != AT + 2).values(routed=True)
    await db.write(lambda conn: conn.execute(routed) and None)
    assert await db.write(lambda conn: prune(conn, AT + 5, limit=3)) == 3
    assert [event.at - AT for event in await logged(db, key)] == [2, 4, 5, 6, 7, 8, 9]
    assert await db.write(lambda conn: prune(conn, AT + 5)) == 1
    assert await db.write(lambda conn: prune(conn, AT + 5)) == 0
    assert [event.at - AT for event in await logged(db, key)] == [2, 5, 6, 7, 8, 9]
    # Numbers go on, and the counters are those of a lifetime.
    await append_to(db, key, "a", [account_initialized()])
    assert (await logged(db, key))[-1].account_seq == 11
    assert await counters(db, key) == {"accountAdded": 1, "accountInitialized": 10}


@pytest.mark.parametrize(("mark", "topics"), [("isBounce", 1), ("isComplaint", 1), ("isAutoReply", 0)])
async def test_only_a_report_wakes_those_who_look_for_reports(db: Database, mark: str, topics: int) -> None:
    key = await add_account(db, "anna")
    message = cast("MessageObject", {"id": "AAAA", "uid": 1, mark: True})

    def work(conn: Connection) -> list[str]:
        append(conn, key, "anna", [account_initialized(), MessageNew("INBOX", None, message)], AT)
        return [topic for topic, _ in conn.wakes]

    woken = await db.write(work)
    assert woken.count(TOPIC) == 1
    assert woken.count(REPORTS_TOPIC) == topics
