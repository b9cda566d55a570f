"""The numbers beside the list, and questions that no row can answer."""

from __future__ import annotations

import pytest

from postroom.accounts.lifecycle import State
from postroom.accounts.listing.service import AccountLists, is_askable
from postroom.accounts.model import AccountPlace, ListQuery
from postroom.accounts.service import Accounts
from postroom.storage.database import Database
from tests.accounts.bodies import body
from tests.accounts.rows import put_state


async def test_accounts_are_counted_by_state_health_and_place(accounts: Accounts, db: Database) -> None:
    lists = AccountLists(db)
    assert (await lists.numbers()).total == 0
    for name in ("a", "b", "c"):
        await accounts.register(name, body())
    await put_state(db, "a", State.CONNECT_ERROR)
    await accounts.disconnect("b")
    found = await lists.numbers()
    assert found.total == 3
    assert found.states == {"connectError": 1, "init": 2}
    assert found.healths == {"failing": 1, "stopped": 1, "healthy": 1}
    assert found.places == {AccountPlace("imap", "imap.example.com"): 3}


async def test_matches_are_counted(accounts: Accounts, db: Database) -> None:
    await accounts.register("a", body(metadata={"tenant": "1"}))
    await accounts.register("b", body())
    lists = AccountLists(db)
    assert await lists.count(ListQuery()) == 2
    assert await lists.count(ListQuery(metadata={"tenant": "1"})) == 1


@pytest.mark.parametrize(
    "query", [ListQuery(text="a\0"), ListQuery(names=("\ud800",)), ListQuery(metadata={"a": "\0"})]
)
async def test_a_text_that_no_row_holds_matches_nothing(accounts: Accounts, db: Database, query: ListQuery) -> None:
    await accounts.register("a", body())
    assert not is_askable(query)
    assert await AccountLists(db).count(query) == 0
    assert (await accounts.list_page(query)).total == 0
