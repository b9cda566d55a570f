"""Credentials for trying settings that are not stored: fetches a missing access token and keeps a rotated grant.

A provider may accept a refresh token only once. Its successor is kept for a day, encrypted, under the digest of the
used one. So a registration that still sends the old token gets the new one.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

import orjson

from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.accounts.settings.reading import oauth2_of
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings, OAuth2Settings, Protocol
from postroom.accounts.settings.writing import oauth2_document
from postroom.clock import now_ms
from postroom.credentials.access_tokens import AccessTokens, Prepared, can_renew, seen_through
from postroom.credentials.auth_server import AuthServer
from postroom.credentials.token_life import is_due, with_tokens
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.oauth2.apps import Apps
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable, renew
from postroom.oauth2.model import App
from postroom.oauth2.web import WebClient
from postroom.onboarding.consent import consent_store
from postroom.storage.database import Database
from postroom.storage.outage import insist
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable
from postroom.storage.statements.connection import Connection

__all__ = ["Trial", "Trials"]

log = get_logger("onboarding")
KEPT_MS: Final = 86_400_000
_LONGEST_CHAIN: Final = 20
_TOKENS: Final = ("accessToken", "refreshToken", "expires", "generated")


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

    def of(self, account: str = "", stored: AccountSettings | None = None) -> Trial:
        """Begin a trial, for an account's id if it has one. `stored` are its settings before a change."""
        return Trial(self, account, stored)

    async def follow(self, body: Document) -> Document:
        """Return the body with the newest refresh token, if an earlier trial used up the one in it."""
        block = body.get("oauth2")
        if not isinstance(block, dict) or not block.get("refreshToken"):
            return body
        return {**body, "oauth2": oauth2_document(await self.newest(oauth2_of(block)))}

    async def newest(self, oauth2: OAuth2Settings) -> OAuth2Settings:
        """Return `oauth2` settings with the newest tokens known for their refresh token."""
        for _ in range(_LONGEST_CHAIN):
            id_, now = _id(oauth2), self.clock()
            sealed = await self.db.read(partial(consent_store.find, id_=id_, now=now))
            if sealed is None:
                break
            try:
                kept = orjson.loads(self.box.open_for(f"the consent {id_!r}", sealed, _context(id_)))
            except SecretUnreadable as error:
                # The older grant may still be valid; the token server decides that.
                log.error("a renewed grant is lost", error=error.message)
                break
            oauth2 = _taking(oauth2, oauth2_of(kept))
        return oauth2

    async def fetch(self, app: App, oauth2: OAuth2Settings) -> OAuth2Settings:
        """Return settings with a fresh token. A rotated refresh token is stored first. Raises the errors of `renew`."""
        used = oauth2.refresh_token
        tokens = await renew(self.web, app, oauth2.mailbox, used.reveal() if used is not None else None, self.clock())
        fresh = with_tokens(oauth2, tokens)
        if fresh.refresh_token != used:
            id_, now = _id(oauth2), self.clock()
            sealed = self.box.seal(orjson.dumps(_tokens(fresh)).decode(), _context(id_))

            def work(conn: Connection) -> None:
                consent_store.delete(conn, id_)
                consent_store.insert(conn, id_, sealed, now + KEPT_MS, now)

            await insist(lambda: self.db.write(work))
        return fresh


class Trial:
    """One trial. Both protocols share its token, and its failure to get one."""

    def __init__(self, trials: Trials, account: str, stored: AccountSettings | None) -> None:
        self._trials = trials
        self._account = account
        self._stored = stored
        self._lock = asyncio.Lock()
        self._fresh = OAuth2Settings()
        self._failure: OAuthTokenRefused | TokenUnavailable | None = None

    async def prepare(
        self, settings: AccountSettings, *, protocol: Protocol = "imap", refused: Secret | None = None
    ) -> Prepared:
        """Return the credentials to sign in with, like `AccessTokens.prepare`, without storing them in an account.

        Raises TokenRefused, TokenUnavailable, AuthServerRefused, AuthServerUnavailable, NoCredentials.
        """
        if settings.lender is not None:
            return await self._trials.access.prepare(self._account, settings, protocol=protocol, refused=refused)
        lent = await self._trials.auth_server.lend(self._account, settings, protocol)
        oauth2 = settings.oauth2
        if oauth2 is None or not settings.uses_oauth2(protocol):
            return Prepared(lent or settings, lent=lent is not None)
        app = await self._trials.apps.find(str(oauth2.provider))
        if lent is not None or app is None or not can_renew(oauth2, app):
            return Prepared(lent or settings, app.provider if app else None, lent=lent is not None)
        async with self._lock:
            oauth2 = _taking(oauth2, self._fresh)
            if is_due(oauth2, self._trials.clock(), refused=refused):
                oauth2 = await self._renewed(app, oauth2, protocol, refused)
        return Prepared(replace(settings, oauth2=oauth2), app.provider, renewable=True)

    def take_over(self, body: Document) -> Document:
        """Return the body to store, with the tokens that the trial has fetched."""
        block = body.get("oauth2")
        return {**body, "oauth2": {**block, **_tokens(self._fresh)}} if isinstance(block, dict) else body

    async def _renewed(
        self, app: App, oauth2: OAuth2Settings, protocol: Protocol, refused: Secret | None
    ) -> OAuth2Settings:
        if self._failure is not None:
            raise self._failure
        try:
            self._fresh = await self._ask(app, oauth2, protocol, refused)
        except (OAuthTokenRefused, TokenUnavailable) as error:
            self._failure = error
            raise
        return _taking(oauth2, self._fresh)

    async def _ask(
        self, app: App, oauth2: OAuth2Settings, protocol: Protocol, refused: Secret | None
    ) -> OAuth2Settings:
        account, stored = await self._owner(oauth2)
        if stored is not None and _same_grant(stored.oauth2, oauth2):
            # The account uses this grant too, so the token is renewed in the same way as by its runner.
            prepared = await self._trials.access.prepare(account, stored, protocol=protocol, refused=refused)
            return prepared.settings.oauth2 or oauth2
        try:
            return await seen_through(self._trials.fetch(app, oauth2))
        except OAuthTokenRefused:
            # Another trial may have used the grant at the same moment.
            newest = await self._trials.newest(oauth2)
            if newest == oauth2:
                raise
            return newest

    async def _owner(self, oauth2: OAuth2Settings) -> tuple[str, AccountSettings | None]:
        """Return the stored account that may own this grant, and its settings."""
        if self._stored is not None:
            return self._account, self._stored
        accounts = self._trials.accounts
        account = await accounts.find_oauth2(AccountSettings(oauth2=oauth2))
        if account is None:
            return "", None
        try:
            return account, await accounts.preview(account, {})
        except (AccountNotFound, SecretUnreadable):
            return "", None


def _same_grant(own: OAuth2Settings | None, other: OAuth2Settings) -> bool:
    grant = (other.provider, other.refresh_token, other.auth)
    return own is not None and (own.provider, own.refresh_token, own.auth) == grant


def _taking(oauth2: OAuth2Settings, fresh: OAuth2Settings) -> OAuth2Settings:
    """Return settings with the tokens of `fresh`, where it has any."""
    return replace(
        oauth2,
        access_token=fresh.access_token or oauth2.access_token,
        refresh_token=fresh.refresh_token or oauth2.refresh_token,
        expires=fresh.expires or oauth2.expires,
        generated=fresh.generated or oauth2.generated,
    )


def _tokens(oauth2: OAuth2Settings) -> Document:
    """Return the tokens in the form that is sealed, and that a request uses."""
    document = oauth2_document(oauth2)
    return {name: document[name] for name in _TOKENS if document.get(name)}


def _id(oauth2: OAuth2Settings) -> str:
    token = oauth2.refresh_token.reveal() if oauth2.refresh_token is not None else None
    return hashlib.sha256(f"grant:{oauth2.provider}\0{token}".encode(errors="replace")).hexdigest()


def _context(id_: str) -> str:
    return f"grant:{id_}"
