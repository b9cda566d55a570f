"""Lists of accounts and of state changes: order, pages, filters, on both engines."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.journal import record
from postroom.accounts.journal_store import abandon
from postroom.accounts.known.last_error import LastError
from postroom.accounts.lifecycle import State, Trigger
from postroom.accounts.model import AccountNotFound, Lease, ListQuery, Report, Waiting
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts as table
from postroom.storage.tables import timeline
from postroom.words.masking import MASK
from tests.accounts.bodies import body
from tests.accounts.conftest import Clock
from tests.accounts.rows import put_state


async def ids(accounts: Accounts, **query: Any) -> list[str]:
    return [item.row.account for item in (await accounts.list_page(ListQuery(**query))).items]


async def test_the_list_is_paged_in_the_order_of_the_ids(accounts: Accounts) -> None:
    names = ["b", "a", "C", "ä", "10", "9", "z"]
    for name in names:
        await accounts.register(name, body())
    # By code point, the same on every engine and whatever the locale.
    expected = sorted(names)
    assert await ids(accounts) == expected
    pages = [await accounts.list_page(ListQuery(page=n, page_size=3)) for n in range(4)]
    assert [[item.row.account for item in page.items] for page in pages] == [
        expected[:3],
        expected[3:6],
        expected[6:],
        [],
    ]
    assert {(page.total, page.pages, page.page_size) for page in pages} == {(7, 3, 3)}


async def test_an_empty_list_has_no_pages(accounts: Accounts) -> None:
    page = await accounts.list_page(ListQuery())
    assert (page.total, page.pages, page.items) == (0, 0, [])


async def test_a_line_of_the_list_has_what_the_api_shows(accounts: Accounts) -> None:
    await accounts.register("a", body(metadata={"k": "v"}, webhooks="https://u:p@h/", smtpEhloName="me"))
    (item,) = (await accounts.list_page(ListQuery())).items
    assert (item.row, item.last_error, item.counters, item.metadata) == (
        (await accounts.get("a")).row,
        None,
        {"accountAdded": 1},
        {"k": "v"},
    )
    assert (item.listed.webhooks, item.listed.smtp_ehlo_name) == (f"https://{MASK}:{MASK}@h/", "me")


async def test_whoever_waits_says_why_in_the_list_as_alone(accounts: Accounts, db: Database, clock: Clock) -> None:
    for name in ("new", "queued", "abandoned", "changed", "failed"):
        await accounts.register(name, body())
    keys = {item.row.account: item.row.key for item in (await accounts.list_page(ListQuery())).items}
    leases = [Lease(keys[name], name, "node", 1, 1) for name in ("queued", "abandoned", "failed")]

    def lives(conn: Connection) -> None:
        conn.execute(sa.update(table).values(owner="node", epoch=1))
        for lease in leases:
            record(conn, lease, Report(Trigger.ATTEMPT, 2_000, "connecting"))
        record(conn, leases[0], Report(Trigger.QUEUED, 3_000, "waiting for a turn"))
        abandon(conn, table.c.account == "abandoned", 4_000, "the process is gone")
        record(conn, leases[2], Report(Trigger.FAILED, 5_000, "no route", error=LastError("no route")))

    await db.write(lives)
    await accounts.update("changed", {"imap": {"partial": True, "host": "other.example.com"}})
    since = clock.now
    expected = {
        "new": Waiting("registered", since),
        "queued": Waiting("waiting for a turn", 3_000),
        "abandoned": Waiting("the process is gone", 4_000),
        "changed": Waiting("registered", since),
        "failed": None,
    }
    page = await accounts.list_page(ListQuery())
    assert {item.row.account: item.waiting for item in page.items} == expected
    assert {name: (await accounts.get(name)).waiting for name in expected} == expected
    assert len((await accounts.timeline("changed", 0, 9)).items) == 2, "a note of the same moment"


async def test_the_list_is_filtered_by_state(accounts: Accounts, db: Database) -> None:
    for name in "abcd":
        await accounts.register(name, body())
    await put_state(db, "b", State.CONNECTED)
    await put_state(db, "d", State.CONNECTED)
    assert await ids(accounts, state=State.CONNECTED) == ["b", "d"]
    assert await ids(accounts, state=State.PAUSED) == []
    assert (await accounts.list_page(ListQuery(state=State.INIT, page_size=1))).total == 2
    assert await accounts.state_counts() == {"init": 2, "connected": 2}


SEARCHES: list[tuple[str, list[str]]] = [
    ("anna", ["1"]),
    ("ANNA", ["1"]),
    ("müller", ["1"]),
    ("MÜLLER", ["1"]),
    ("mu\u0308ller", ["1"]),
    ("strasse", ["2"]),
    ("STRAßE", ["2"]),
    ("ΟΔΥΣΣΕΥΣ", ["3"]),
    ("%", ["4"]),
    ("_", ["4"]),
    ("\\", ["4"]),
    ("'", ["4"]),
    ("example.com", ["2", "3"]),
    ("1", ["1", "4"]),
    ("nobody", []),
    ("a" * 300, []),
]


async def test_the_search_folds_case_and_knows_no_wildcards(accounts: Accounts) -> None:
    await accounts.register("1", body(name="Anna Müller", email="anna@müller.de"))
    await accounts.register("2", body(name="Hauptstraße", email="x@EXAMPLE.com"))
    await accounts.register("3", body(name="Οδυσσεύς οδυσσευς", email="y@example.COM"))
    await accounts.register("4", body(name="100%_\\'", email="q"))
    assert [(text, await ids(accounts, text=text)) for text, _ in SEARCHES] == SEARCHES


async def test_the_search_follows_a_change_of_name(accounts: Accounts) -> None:
    await accounts.register("a", body(name="Before"))
    await accounts.update("a", {"name": "After", "email": "new@x"})
    assert await ids(accounts, text="before") == []
    assert await ids(accounts, text="after") == await ids(accounts, text="NEW@") == ["a"]


async def test_the_list_is_filtered_by_metadata(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body(metadata={"tenant": "1", "plan": "pro"}))
    await accounts.register("b", body(metadata={"tenant": "1", "plan": "free"}))
    await accounts.register("c", body(metadata={"tenant": "2", "plan": "pro"}))
    assert await ids(accounts, metadata={"tenant": "1"}) == ["a", "b"]
    assert await ids(accounts, metadata={"tenant": "1", "plan": "pro"}) == ["a"]
    assert await ids(accounts, metadata={"tenant": "pro"}) == []
    await put_state(db, "b", State.CONNECTED)
    assert await ids(accounts, metadata={"tenant": "1"}, state=State.CONNECTED, text="anna") == ["b"]


async def test_the_timeline_is_paged_newest_first(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body())
    await accounts.register("b", body())
    key = (await accounts.get("a")).row.key
    rows = [{"account_key": key, "at": n, "state": "connecting", "cause": f"{n}", "attempt": n} for n in range(1, 10)]
    await db.write(lambda conn: conn.execute(sa.insert(timeline), rows) and None)
    first, last = [await accounts.timeline("a", page, 4) for page in (0, 2)]
    assert [entry.cause for entry in first.items] == ["9", "8", "7", "6"]
    assert [entry.cause for entry in last.items] == ["1", "registered"]
    assert (first.total, first.pages) == (10, 3)
    assert first.items[0].state is State.CONNECTING
    with pytest.raises(AccountNotFound):
        await accounts.timeline("missing", 0, 10)
