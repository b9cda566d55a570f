"""Credentials for trying settings that are not stored: a missing access token is fetched, a rotated grant is kept.

A provider may take a refresh token only once. The one that follows it is kept, encrypted, for a day under the digest of
the one that was used, so that a registration which still sends the old one gets the new one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson
import sqlalchemy as sa

from postroom.accounts.delegation import lender_of
from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.accounts.settings.document import Document, uses_oauth2
from postroom.clock import now_ms
from postroom.credentials.access_tokens import AccessTokens, Prepared, can_renew, seen_through
from postroom.credentials.auth_server import AuthServer
from postroom.credentials.token_life import is_due, with_tokens
from postroom.log import get_logger
from postroom.oauth2.apps import Apps
from postroom.oauth2.exchange import TokenRefused, TokenUnavailable, renew
from postroom.oauth2.model import App
from postroom.oauth2.web import WebClient
from postroom.onboarding.consent import consent_store
from postroom.storage.database import Database
from postroom.storage.outage import insist
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable

__all__ = ["Trial", "Trials"]

log = get_logger("onboarding")
KEPT_MS: Final = 86_400_000
_LONGEST_CHAIN: Final = 20
_TOKENS: Final = ("accessToken", "refreshToken", "expires", "generated")
_GRANT: Final = ("provider", "refreshToken", "auth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """The trials of this installation."""

    db: Database
    box: SecretBox
    accounts: Accounts
    apps: Apps
    web: WebClient
    access: AccessTokens
    auth_server: AuthServer
    clock: Callable[[], int] = now_ms

    def of(self, account: str = "", stored: Document | None = None) -> Trial:
        """Begin a trial, for an account's id if it has one; `stored` is its full document before a change."""
        return Trial(self, account, stored)

    async def follow(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return a body in which a refresh token that a trial has used up is replaced by the one that came after it."""
        block = body.get("oauth2")
        if not isinstance(block, dict) or not block.get("refreshToken"):
            return body
        return {**body, "oauth2": await self.newest(block)}

    async def newest(self, block: dict[str, Any]) -> dict[str, Any]:
        """Return an `oauth2` block with the newest tokens known for its refresh token."""
        for _ in range(_LONGEST_CHAIN):
            id_, now = _id(block), self.clock()
            sealed = await self.db.read(partial(consent_store.find, id_=id_, now=now))
            if sealed is None:
                break
            try:
                block = {**block, **orjson.loads(self.box.open_for(f"the consent {id_!r}", sealed, _context(id_)))}
            except SecretUnreadable as error:
                # The token server says of the older grant whether it still holds.
                log.error("a renewed grant is lost", error=error.message)
                break
        return block

    async def fetch(self, app: App, block: dict[str, Any]) -> dict[str, Any]:
        """Return a block with a fresh token; a rotated refresh token is kept first. Raises what `renew` raises."""
        auth = block.get("auth") or {}
        user = str(auth.get("delegatedUser") or auth.get("user") or "")
        tokens = await renew(self.web, app, user, block.get("refreshToken"), self.clock())
        fresh: dict[str, Any] = with_tokens({"oauth2": block}, tokens)["oauth2"]
        if tokens.refresh_token and tokens.refresh_token != block.get("refreshToken"):
            id_, now = _id(block), self.clock()
            sealed = self.box.seal(orjson.dumps(_tokens(fresh)).decode(), _context(id_))

            def work(conn: sa.Connection) -> None:
                consent_store.delete(conn, id_)
                consent_store.insert(conn, id_, sealed, now + KEPT_MS, now)

            await insist(lambda: self.db.write(work))
        return fresh


class Trial:
    """One trial. Both protocols share its token, and the verdict if there is none."""

    def __init__(self, trials: Trials, account: str, stored: Document | None) -> None:
        self._trials = trials
        self._account = account
        self._stored = stored
        self._lock = asyncio.Lock()
        self._fresh: dict[str, Any] = {}
        self._failure: TokenRefused | TokenUnavailable | None = None

    async def prepare(self, full: Document, *, protocol: str = "imap", refused: str | None = None) -> Prepared:
        """Return what to sign in with, as `AccessTokens.prepare` does, without storing it in an account.

        Raises TokenRefused, TokenUnavailable, AuthServerRefused, AuthServerUnavailable, NoCredentials.
        """
        if lender_of(full) is not None:
            return await self._trials.access.prepare(self._account, full, protocol=protocol, refused=refused)
        lent = await self._trials.auth_server.lend(self._account, full, protocol)
        if not uses_oauth2(full, protocol):
            return Prepared(lent or full, lent=lent is not None)
        app = await self._trials.apps.find(str(full["oauth2"].get("provider")))
        if lent is not None or app is None or not can_renew(full, app):
            return Prepared(lent or full, app.provider if app else None, lent=lent is not None)
        async with self._lock:
            block = {**full["oauth2"], **self._fresh}
            if is_due(block, self._trials.clock(), refused=refused):
                block = await self._renewed(app, block, protocol, refused)
        return Prepared({**full, "oauth2": block}, app.provider, renewable=True)

    def take_over(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body that is to be stored, with the tokens that the trial has fetched."""
        block = body.get("oauth2")
        return {**body, "oauth2": {**block, **self._fresh}} if isinstance(block, dict) else body

    async def _renewed(self, app: App, block: dict[str, Any], protocol: str, refused: str | None) -> dict[str, Any]:
        if self._failure is not None:
            raise self._failure
        try:
            fresh = await self._ask(app, block, protocol, refused)
        except (TokenRefused, TokenUnavailable) as error:
            self._failure = error
            raise
        self._fresh = _tokens(fresh)
        return {**block, **self._fresh}

    async def _ask(self, app: App, block: dict[str, Any], protocol: str, refused: str | None) -> dict[str, Any]:
        account, stored = await self._owner(block)
        if stored is not None and _same_grant(stored, block):
            # The account uses this grant meanwhile: it is renewed where its runner would renew it.
            prepared = await self._trials.access.prepare(account, stored, protocol=protocol, refused=refused)
            owned: dict[str, Any] = prepared.document["oauth2"]
            return owned
        try:
            return await seen_through(self._trials.fetch(app, block))
        except TokenRefused:
            # Another trial may have used the grant at the same moment.
            newest = await self._trials.newest(block)
            if newest == block:
                raise
            return newest

    async def _owner(self, block: dict[str, Any]) -> tuple[str, Document | None]:
        """The stored account whose grant this may be, and its full document."""
        if self._stored is not None:
            return self._account, self._stored
        accounts = self._trials.accounts
        account = await accounts.find_oauth2({"oauth2": block})
        if account is None:
            return "", None
        try:
            return account, await accounts.preview(account, {})
        except (AccountNotFound, SecretUnreadable):
            return "", None


def _same_grant(stored: Document, block: dict[str, Any]) -> bool:
    own = stored.get("oauth2")
    return isinstance(own, dict) and all(own.get(name) == block.get(name) for name in _GRANT)


def _tokens(block: dict[str, Any]) -> dict[str, Any]:
    return {name: block[name] for name in _TOKENS if block.get(name)}


def _id(block: dict[str, Any]) -> str:
    grant = f"grant:{block.get('provider')}\0{block.get('refreshToken')}"
    return hashlib.sha256(grant.encode(errors="replace")).hexdigest()


def _context(id_: str) -> str:
    return f"grant:{id_}"
