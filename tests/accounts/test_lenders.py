"""Which accounts of a list borrow credentials, and what it says of chains that lead nowhere."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from postroom.accounts import store
from postroom.accounts.model import ListQuery
from postroom.accounts.service import Accounts
from postroom.accounts.settings.values import AccountSettings
from postroom.storage.statements.connection import Connection
from tests.accounts.bodies import body, oauth2_body


def borrowing(lender: str) -> dict[str, Any]:
    auth = {"delegatedUser": "team@example.com", "delegatedAccount": lender}
    return {"name": "Team", "oauth2": {"provider": "gmail", "auth": auth}}


async def test_a_broken_chain_of_borrowed_credentials_is_told_in_the_list(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[str]] = []
    read = store.settings_by_id

    def noting(conn: Connection, names: Collection[str]) -> dict[str, AccountSettings]:
        asked.append(set(names))
        return read(conn, names)

    monkeypatch.setattr(store, "settings_by_id", noting)
    await accounts.register("owner", oauth2_body())
    await accounts.register("plain", body())
    lenders = {
        "good": "owner",
        "far": "good",
        "gone": "nobody",
        "behind": "gone",
        "to": "fro",
        "fro": "to",
        "bare": "plain",
    }
    for name, lender in lenders.items():
        await accounts.register(name, borrowing(lender))
    items = (await accounts.list_page(ListQuery())).items
    # All chains are read at once, a link at a time.
    assert asked == [{"owner", "good", "nobody", "gone", "fro", "to", "plain"}]
    errors = {item.row.account: item.delegation_error for item in items if item.delegation_error}
    assert sorted(errors) == ["bare", "behind", "fro", "gone", "to"]
    words = {"gone": "'nobody'", "behind": "'nobody'", "to": "circle", "fro": "circle", "bare": "'plain'"}
    assert [name for name, word in words.items() if word not in errors[name]] == []
    (item,) = (await accounts.list_page(ListQuery(text="behind"))).items
    assert item.delegation_error == errors["behind"]
