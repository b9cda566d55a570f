"""Chains of accounts that borrow credentials: followed to their end, and no further than that."""

from __future__ import annotations

from typing import Any

import pytest

from postroom.accounts.delegation import LONGEST_CHAIN, borrowed, follow
from postroom.accounts.model import AccountNotFound, NoCredentials
from postroom.accounts.settings.reading import settings_of
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import NO_SETTINGS, AccountSettings, OAuth2User

OWNER = settings_of(
    {"oauth2": {"provider": "p", "auth": {"user": "jo"}, "accessToken": "token", "refreshToken": "secret"}}
)


def borrowing(lender: str, **more: Any) -> AccountSettings:
    auth = {"delegatedUser": "team", "delegatedAccount": lender}
    return settings_of({"oauth2": {"provider": "p", "auth": auth, **more}, "imap": {"host": "h", "port": 993}})


def reader(**accounts: AccountSettings) -> Any:
    async def read(account: str) -> AccountSettings:
        if account not in accounts:
            raise AccountNotFound
        return accounts[account]

    return read


async def test_a_chain_is_followed_to_whoever_has_credentials() -> None:
    read = reader(b=borrowing("c"), c=OWNER)
    assert await follow("a", borrowing("b"), read) == ("c", OWNER)
    assert OWNER.lender is None


@pytest.mark.parametrize(
    ("accounts", "words"),
    [
        ({}, "not there"),
        ({"b": borrowing("a")}, "circle"),
        ({"b": borrowing("b")}, "circle"),
        ({"b": settings_of({"imap": {"auth": {"user": "u", "pass": "p"}}})}, "no OAuth2 credentials"),
        ({"b": settings_of({"oauth2": {"provider": "p", "enabled": False}})}, "no OAuth2 credentials"),
    ],
)
async def test_a_chain_that_leads_nowhere_says_why(accounts: dict[str, AccountSettings], words: str) -> None:
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
    made = borrowed(borrowing("c", accessToken="stale", expires="2020-01-01T00:00:00.000Z"), OWNER).oauth2
    assert made is not None
    assert made.auth == OAuth2User("jo", "team", "c")
    assert (made.access_token, made.refresh_token, made.expires) == (Secret("token"), None, None)


@pytest.mark.parametrize(("own", "lent"), [(OWNER, NO_SETTINGS), (NO_SETTINGS, OWNER)])
def test_an_account_without_oauth2_neither_borrows_nor_lends(own: AccountSettings, lent: AccountSettings) -> None:
    with pytest.raises(NoCredentials):
        borrowed(own, lent)
