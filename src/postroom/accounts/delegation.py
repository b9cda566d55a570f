"""Shared mailboxes that are opened with the credentials of another account (`oauth2.auth.delegatedAccount`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Final

from postroom.accounts.model import AccountNotFound, NoCredentials
from postroom.accounts.settings.values import AccountSettings

__all__ = ["LONGEST_CHAIN", "borrowed", "follow"]

LONGEST_CHAIN: Final = 20


async def follow(
    account: str, settings: AccountSettings, read: Callable[[str], Awaitable[AccountSettings]]
) -> tuple[str, AccountSettings]:
    """Return the account at the end of the chain, and its settings; `read` returns the settings of an id.

    Raises NoCredentials if the chain is broken, endless or too long.
    """
    seen = {account}
    while (lender := settings.lender) is not None:
        if lender in seen or len(seen) > LONGEST_CHAIN:
            raise NoCredentials(
                f"The credentials of {account!r} are borrowed in a circle, or through too many accounts"
            )
        seen.add(lender)
        try:
            settings = await read(lender)
        except AccountNotFound:
            raise NoCredentials(f"The account {lender!r}, whose credentials are borrowed, is not there") from None
        account = lender
    if not settings.uses_oauth2("api"):
        raise NoCredentials(f"The account {account!r} has no OAuth2 credentials that could be borrowed")
    return account, settings


def borrowed(settings: AccountSettings, lender: AccountSettings) -> AccountSettings:
    """Return settings with the user and the access token of the lender. The mailbox stays the delegated one."""
    own, lent = settings.oauth2, lender.oauth2
    if own is None or lent is None:
        raise NoCredentials("Credentials are borrowed and lent by OAuth2 accounts alone")
    oauth2 = replace(
        own,
        auth=replace(own.who, user=lent.who.user),
        access_token=lent.access_token,
        refresh_token=None,
        expires=lent.expires,
        generated=lent.generated or own.generated,
    )
    return replace(settings, oauth2=oauth2)
