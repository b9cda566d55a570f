"""A list of 100,000 accounts is cut from an index, and reads the long columns of no row that it does not show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any, cast

import orjson
import pytest
import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.lifecycle import State
from postroom.accounts.listing import page_store
from postroom.accounts.listing.filters_store import ListFilters
from postroom.accounts.model import ListQuery
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from tests.fakes.databases import opened
from tests.live.postgres import Postgres

TOTAL = 100_000
PAGE = 20
_NUMBERS = {
    "sqlite": f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {TOTAL}) SELECT i FROM n)",
    "postgresql": f"(SELECT i FROM generate_series(1, {TOTAL}) AS n(i))",
}
_FILL = (
    "INSERT INTO accounts (key, account, name, email, search, type, created_at, state, state_since)"
    " SELECT i, 'user' || i || '@example.com', 'User', '', 'user' || i || '@example.com', 'imap', 0,"
    " CASE WHEN i % 100 = 0 THEN 'connectError' ELSE 'connected' END, 0 FROM {numbers} AS numbers",
    "INSERT INTO account_settings (account_key, document)"
    """ SELECT i, '{{"imap": {{"host": "imap.example.com"}}, "webhooks": "http://h/' || i || '"}}'"""
    " FROM {numbers} AS numbers",
    "INSERT INTO account_status (account_key) SELECT i FROM {numbers} AS numbers",
    "INSERT INTO account_metadata (account_key, name, value)"
    " SELECT i, 'tenant', CAST(i % 1000 AS TEXT) FROM {numbers} AS numbers",
    "ANALYZE",
)


def fill_tables(conn: Connection) -> None:
    for statement in _FILL:
        conn.execute(sa.text(statement.format(numbers=_NUMBERS[conn.dialect.name])))


async def fill(url: str) -> None:
    async with opened(url) as database:
        await database.write(fill_tables)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def filled_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database with 100,000 accounts, a hundredth of them in trouble; the tests of this module only read it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('many')}/postroom.db"
    else:
        url = request.getfixturevalue("postgres_server").create_database()
    asyncio.run(fill(url))
    return url


@pytest.fixture
async def many(filled_url: str) -> AsyncIterator[Database]:
    """The database with 100,000 accounts, open."""
    async with opened(filled_url) as database:
        yield database


@pytest.fixture
async def in_english(postgres_server: Postgres) -> AsyncIterator[Database]:
    """A PostgreSQL database whose locale sorts like a dictionary."""
    postgres_server.execute(
        "CREATE DATABASE in_english TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
    )
    url = postgres_server.url.rpartition("/")[0] + "/in_english"
    async with opened(url) as database:
        yield database
    postgres_server.drop_database(url)


def plan(conn: Connection, statement: sa.Select[Any], **values: Any) -> str:
    """The engine's plan of a statement; PostgreSQL runs it and counts rows."""
    literal = statement.params(**values).compile(dialect=conn.dialect, compile_kwargs={"literal_binds": True})
    if conn.dialect.name == "sqlite":
        return "\n".join(row[3] for row in conn.execute(sa.text(f"EXPLAIN QUERY PLAN {literal}")))
    return orjson.dumps(conn.library.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {literal}").scalar_one()).decode()


def nodes(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield tree
    for child in tree.get("Plans", ()):
        yield from nodes(child)


class Noting:
    """A connection that notes which statements are run."""

    def __init__(self, conn: Connection, asked: list[sa.Select[Any]]) -> None:
        self.dialect = conn.dialect
        self._conn = conn
        self._asked = asked

    def execute(self, statement: sa.Select[Any], values: Any) -> Any:
        self._asked.append(statement)
        return self._conn.execute(statement, values)


def reads_only_the_page(found: str) -> None:
    """Fail when a plan reads `account_settings` or `account_status` for rows that are not on the page."""
    if not found.startswith("["):
        lines = found.splitlines()
        scans = [line for line in lines if line.startswith("SCAN") and "COVERING INDEX" not in line]
        assert scans == [], found
        assert any("account_settings USING INTEGER PRIMARY KEY" in line for line in lines), found
        return
    for node in nodes(orjson.loads(found)[0]["Plan"]):
        if node.get("Relation Name") in ("account_settings", "account_status"):
            assert "Index" in node["Node Type"], found
            assert node["Actual Rows"] * node["Actual Loops"] <= PAGE, found


@pytest.mark.long
@pytest.mark.parametrize(
    ("filters", "values"),
    [
        ((False, False, 0), {"offset": 0}),
        ((False, False, 0), {"offset": 50_000}),
        ((True, False, 0), {"offset": 0, "state": "connectError"}),
        ((True, False, 0), {"offset": 40_000, "state": "connected"}),
        ((False, False, 1), {"offset": 0, "name_0": "tenant", "value_0": "7"}),
    ],
    ids=["first page", "middle", "rare state", "common state", "metadata"],
)
async def test_a_page_is_cut_from_an_index(many: Database, filters: tuple[bool, bool, int], values: Any) -> None:
    def work(conn: Connection) -> str:
        _, items = page_store.list_statements(ListFilters(conn.dialect.name, *filters))
        return plan(conn, items, limit=PAGE, **values)

    found = await many.read(work)
    reads_only_the_page(found)
    # For a state that nearly every account is in, the index of the ids serves as well.
    if values.get("state") == "connectError":
        assert "ix_accounts_state_account" in found
    if "name_0" in values:
        assert "ix_account_metadata_name_value" in found


@pytest.mark.long
async def test_the_beginning_of_the_list_is_read_without_a_sort(many: Database) -> None:
    def work(conn: Connection) -> str:
        query = ListQuery(page=2, page_size=PAGE)
        asked: list[sa.Select[Any]] = []
        page_store.page(cast("Connection", Noting(conn, asked)), query)
        return plan(conn, asked[0], limit=PAGE, offset=40)

    found = await many.read(work)
    if found.startswith("["):
        reads_only_the_page(found)
    else:
        assert "TEMP B-TREE" not in found
        assert found.startswith("SCAN accounts USING INDEX")


@pytest.mark.parametrize("descending", [False, True])
async def test_pages_near_the_beginning_and_far_from_it_are_of_one_list(many: Database, descending: bool) -> None:
    expected = sorted((f"user{n}@example.com" for n in range(1, TOTAL + 1)), reverse=descending)
    for number in (0, 4, 5, 6):
        query = ListQuery(page=number, page_size=PAGE, descending=descending)
        total, items = await many.read(partial(page_store.page, query=query))
        assert total == TOTAL
        assert [item.row.account for item in items] == expected[number * PAGE : (number + 1) * PAGE]


async def test_counting_reads_no_long_column(many: Database) -> None:
    def work(conn: Connection, by_state: bool) -> str:
        count, _ = page_store.list_statements(ListFilters(conn.dialect.name, by_state))
        return plan(conn, count, state="connectError")

    for by_state in (False, True):
        found = await many.read(partial(work, by_state=by_state))
        assert "account_settings" not in found
        assert "account_status" not in found
        assert not by_state or "ix_accounts_state_account" in found


async def test_pages_of_a_long_list_are_right(many: Database) -> None:
    expected = sorted(f"user{n}@example.com" for n in range(1, TOTAL + 1))
    total, items = await many.read(lambda conn: page_store.page(conn, ListQuery(page=2_500, page_size=PAGE)))
    assert total == TOTAL
    assert [item.row.account for item in items] == expected[50_000:50_020]
    total, items = await many.read(lambda conn: page_store.page(conn, ListQuery(state=State.CONNECT_ERROR)))
    assert total == TOTAL // 100
    assert {item.row.key % 100 for item in items} == {0}
    total, items = await many.read(lambda conn: page_store.page(conn, ListQuery(text="USER99999@")))
    assert (total, [item.row.key for item in items]) == (1, [99_999])
    total, _ = await many.read(lambda conn: page_store.page(conn, ListQuery(metadata={"tenant": "7"})))
    assert total == 100


async def test_the_order_of_the_list_does_not_depend_on_the_locale(in_english: Database) -> None:
    ids = ["B", "_", "a", "b", "ä", "z"]

    def work(conn: Connection) -> list[str]:
        for account in reversed(ids):
            row = {"account": account, "name": "", "email": "", "type": "imap", "created_at": 0}
            key = store.insert(conn, {**row, "state": "init", "state_since": 0}, {}, None, {})
            conn.execute(sa.text("INSERT INTO account_status (account_key) VALUES (:key)"), {"key": key})
        return [item.row.account for item in page_store.page(conn, ListQuery())[1]]

    assert await in_english.write(work) == sorted(ids)
