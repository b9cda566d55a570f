"""Chains of accounts that borrow credentials: followed to their end, and no further than that."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.delegation import LONGEST_CHAIN, borrowed, follow, lender_of
from postroom.accounts.model import AccountNotFound, NoCredentials
from postroom.accounts.settings.document import Document, problems

OWNER: Document = {
    "oauth2": {"provider": "p", "auth": {"user": "jo"}, "accessToken": "token", "refreshToken": "secret"}
}


def borrowing(lender: str, **more: Any) -> Document:
    auth = {"delegatedUser": "team", "delegatedAccount": lender}
    return {"oauth2": {"provider": "p", "auth": auth, **more}, "imap": {"host": "h", "port": 993}}


def reader(**accounts: Document) -> Any:
    async def read(account: str) -> Document:
        if account not in accounts:
            raise AccountNotFound
        return accounts[account]

    return read


async def test_a_chain_is_followed_to_whoever_has_credentials() -> None:
    read = reader(b=borrowing("c"), c=OWNER)
    assert await follow("a", borrowing("b"), read) == ("c", OWNER)
    assert lender_of(OWNER) is None


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ({}, "not there"),
        ({"b": borrowing("a")}, "circle"),
        ({"b": borrowing("b")}, "circle"),
        ({"b": {"imap": {"auth": {"user": "u", "pass": "p"}}}}, "no OAuth2 credentials"),
        ({"b": {"oauth2": {"provider": "p", "enabled": False}}}, "no OAuth2 credentials"),
    ],
)
async def test_a_chain_that_leads_nowhere_says_why(accounts: dict[str, Document], words: str) -> None:
    with pytest.raises(NoCredentials, match=words):
        await follow("a", borrowing("b"), reader(**accounts))


async def test_a_chain_has_an_end() -> None:
    chain = {f"a{number}": borrowing(f"a{number + 1}") for number in range(LONGEST_CHAIN)}
    last = f"a{LONGEST_CHAIN}"
    assert (await follow("a0", chain["a0"], reader(**chain, **{last: OWNER})))[0] == last
    longer = {**chain, last: borrowing("end"), "end": OWNER}
    with pytest.raises(NoCredentials, match="too many"):
        await follow("a0", chain["a0"], reader(**longer))


def test_only_what_signs_in_is_borrowed() -> None:
    made = borrowed(borrowing("c", accessToken="stale", expires="2020-01-01T00:00:00.000Z"), OWNER)["oauth2"]
    assert made["auth"] == {"user": "jo", "delegatedUser": "team", "delegatedAccount": "c"}
    assert (made["accessToken"], "refreshToken" in made, "expires" in made) == ("token", False, False)


def test_a_lender_without_a_mailbox_to_open_is_refused() -> None:
    block = {"provider": "p", "auth": {"user": "u", "delegatedAccount": "b"}}
    assert [problem.key for problem in problems({"oauth2": block})] == ["oauth2.auth.delegatedUser"]
