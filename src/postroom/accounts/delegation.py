"""Shared mailboxes that are opened with the credentials of another account (`oauth2.auth.delegatedAccount`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from postroom.accounts.model import AccountNotFound, NoCredentials
from postroom.accounts.settings.document import Document, uses_oauth2

__all__ = ["borrowed", "follow", "lender_of"]

LONGEST_CHAIN: Final = 20


def lender_of(full: Document) -> str | None:
    """Return the account whose credentials are borrowed, None if the document has its own."""
    oauth2 = full.get("oauth2")
    lender = (oauth2.get("auth") or {}).get("delegatedAccount") if isinstance(oauth2, dict) else None
    return str(lender) if lender else None


async def follow(account: str, full: Document, read: Callable[[str], Awaitable[Document]]) -> tuple[str, Document]:
    """Return the account at the end of the chain and its full document; `read` gets one by its id.

    Raises NoCredentials for a chain that is broken, endless or too long.
    """
    seen = {account}
    while (lender := lender_of(full)) is not None:
        if lender in seen or len(seen) > LONGEST_CHAIN:
            raise NoCredentials(
                f"The credentials of {account!r} are borrowed in a circle, or through too many accounts"
            )
        seen.add(lender)
        try:
            full = await read(lender)
        except AccountNotFound:
            raise NoCredentials(f"The account {lender!r}, whose credentials are borrowed, is not there") from None
        account = lender
    if not uses_oauth2(full, "api"):
        raise NoCredentials(f"The account {account!r} has no OAuth2 credentials that could be borrowed")
    return account, full


def borrowed(full: Document, lender: Document) -> Document:
    """Return a document with the user and the access token of the lender; the mailbox stays the delegated one."""
    own, lent = full["oauth2"], lender["oauth2"]
    auth = {**(own.get("auth") or {}), "user": (lent.get("auth") or {}).get("user")}
    token = {name: lent[name] for name in ("accessToken", "expires", "generated") if lent.get(name)}
    kept = {name: value for name, value in own.items() if name not in ("accessToken", "refreshToken", "expires")}
    return {**full, "oauth2": {**kept, **token, "auth": auth}}
