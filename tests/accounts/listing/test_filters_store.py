"""The filters of the list match what the values say: health, place, ids, and every order."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from postroom.accounts.lifecycle import Health, State, health
from postroom.accounts.listing import page_store
from postroom.accounts.model import AccountOrder, AccountPlace, ListQuery
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts as table
from postroom.storage.tables import oauth2_apps
from tests.accounts.bodies import body, imap, oauth2_body


async def listed(db: Database, **query: Any) -> list[str]:
    total, items = await db.read(lambda conn: page_store.page(conn, ListQuery(page_size=1000, **query)))
    assert total == len(items)
    return [item.row.account for item in items]


def _rows() -> list[dict[str, Any]]:
    """An account in every state, with and without failures, that is wanted, stopped, or given up."""
    cases = itertools.product(State, (0, 2), ("run", "stopped"), (None, 1))
    return [
        {
            "account": f"a{at}",
            "name": "",
            "email": "",
            "search": "",
            "type": "imap",
            "created_at": 0,
            "state": state.value,
            "state_since": 0,
            "failures": failures,
            "wanted": wanted,
            "parked_revision": parked,
        }
        for at, (state, failures, wanted, parked) in enumerate(cases)
    ]


async def test_the_health_in_sql_is_that_of_the_rows(db: Database) -> None:
    rows = _rows()

    def fill(conn: Connection) -> None:
        conn.execute(sa.insert(table), rows)
        for name in ("account_status (account_key)", "account_settings (account_key, document)"):
            more = ", '{}'" if "document" in name else ""
            conn.execute(sa.text(f"INSERT INTO {name} SELECT key{more} FROM accounts"))

    await db.write(fill)
    expected: dict[Health, list[str]] = {kind: [] for kind in Health}
    for row in rows:
        stopped = row["wanted"] == "stopped" or row["parked_revision"] == 1
        expected[health(State(row["state"]), row["failures"], stopped=stopped)].append(row["account"])
    for kind in Health:
        assert await listed(db, health=kind) == sorted(expected[kind])
    counts = await db.read(page_store.health_counts)
    assert counts == {kind.value: len(names) for kind, names in expected.items()}


@pytest.fixture
async def three(accounts: Accounts, db: Database) -> Accounts:
    """Accounts at two hosts, and one of an OAuth2 application."""
    await accounts.register("a", body(name="Zoe", email="b@x.example"))
    await accounts.register("b", body(imap={**imap(), "host": "Mail.Other.example"}, name="Anna", email="c@x.example"))
    app = {"id": "gmail", "provider": "gmail", "document": {}, "created_at": 0, "updated_at": 0}
    await db.write(lambda conn: conn.execute(sa.insert(oauth2_apps).values(app)) and None)
    await accounts.register("c", oauth2_body(name="Mia", email="a@x.example"))
    return accounts


async def test_accounts_are_found_by_their_place(three: Accounts, db: Database) -> None:
    counts = await db.read(page_store.place_counts)
    first, second, third = (
        AccountPlace("imap", "imap.example.com"),
        AccountPlace("imap", "mail.other.example"),
        AccountPlace("gmail", ""),
    )
    assert counts == {first: 1, second: 1, third: 1}
    assert await listed(db, places=(second,)) == ["b"]
    assert await listed(db, places=(first, third)) == ["a", "c"]
    assert await listed(db, places=()) == []


@pytest.mark.parametrize(
    ("provider", "expected"),
    [("IMAP.example.com", ["a"]), ("mail.other.example", ["b"]), ("gmail", ["c"]), ("GMAIL", []), ("imap", ["a", "b"])],
)
async def test_accounts_are_found_by_their_host_or_application(
    three: Accounts, db: Database, provider: str, expected: list[str]
) -> None:
    assert await listed(db, provider=provider) == expected
    assert await listed(db, provider=provider, health=Health.HEALTHY) == expected
    assert await listed(db, provider=provider, health=Health.FAILING) == []


async def test_a_change_of_the_server_changes_the_place(three: Accounts, db: Database) -> None:
    await three.update("b", {"imap": {**imap(), "host": "imap.example.com"}})
    assert await listed(db, places=(AccountPlace("imap", "imap.example.com"),)) == ["a", "b"]


async def test_accounts_are_found_by_their_ids(three: Accounts, db: Database) -> None:
    assert await listed(db, names=("c", "a", "unknown")) == ["a", "c"]
    assert await listed(db, names=()) == []
    assert await listed(db, names=("c", "a"), text="zoe") == ["a"]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (AccountOrder.ACCOUNT, ["a", "b", "c"]),
        (AccountOrder.NAME, ["b", "c", "a"]),
        (AccountOrder.EMAIL, ["c", "a", "b"]),
        (AccountOrder.SINCE, ["a", "b", "c"]),
        (AccountOrder.CREATED, ["a", "b", "c"]),
    ],
)
async def test_the_list_has_an_order(three: Accounts, db: Database, order: AccountOrder, expected: list[str]) -> None:
    assert await listed(db, order=order) == expected
    if order in (AccountOrder.ACCOUNT, AccountOrder.NAME, AccountOrder.EMAIL):
        assert await listed(db, order=order, descending=True) == expected[::-1]


async def test_the_order_holds_across_pages(three: Accounts, db: Database) -> None:
    def names(page: int) -> list[str]:
        return [item.row.account for item in found[page][1]]

    queries = [ListQuery(page=page, page_size=1, order=AccountOrder.NAME, descending=True) for page in range(3)]
    found = [await db.read(partial(page_store.page, query=query)) for query in queries]
    assert [*names(0), *names(1), *names(2)] == ["a", "c", "b"]
