"""Access tokens that are valid when used: each is renewed in time and only once, by one of all runners and processes.

A caller that finds a token due claims its renewal in a transaction that locks the account's row. All others wait and
read the row again. A rotated refresh token is stored before the access token that came with it is used.
"""

from __future__ import annotations

import asyncio
import secrets as random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Final, NamedTuple, TypeAlias, TypeVar

from postroom.accounts import store
from postroom.accounts.delegation import borrowed, follow
from postroom.accounts.model import AccountNotFound
from postroom.accounts.service import Accounts
from postroom.accounts.settings.secret import Secret
from postroom.accounts.settings.values import AccountSettings, OAuth2Settings, Protocol
from postroom.clock import now_ms
from postroom.credentials import store as refresh_store
from postroom.credentials.auth_server import AuthServer
from postroom.credentials.token_life import EARLY_MS, is_due, is_usable, with_tokens
from postroom.errors import PostroomError, StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.oauth2.apps import Apps
from postroom.oauth2.exchange import OAuthTokenRefused, TokenUnavailable, renew
from postroom.oauth2.model import App, GrantedTokens
from postroom.oauth2.providers import Provider
from postroom.oauth2.web import WebClient
from postroom.storage.database import Database
from postroom.storage.outage import insist, repeatable
from postroom.storage.statements.connection import Connection
from postroom.tasks import ended

CLAIM_MS: Final = 60_000
"""Milliseconds after which a claim expires. It outlives a token request, and ends even if its holder died."""

_WAIT: Final = 0.15

T = TypeVar("T")
Due: TypeAlias = Callable[[OAuth2Settings, int], bool]
"""Returns whether a token must be renewed, at a time in milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An account's settings with a usable token, and the provider of its application.

    `renewable` means that a token which a server refuses can be replaced. `lent` means that the credentials belong to
    the authentication server or to another account, and are for one connection.
    """

    settings: AccountSettings
    provider: Provider | None = None
    renewable: bool = False
    lent: bool = False


class _Claimed(NamedTuple):
    """The result of trying to claim a renewal. `key` is the account's, None if its token is not due."""

    settings: AccountSettings
    key: int | None
    is_mine: bool


def _untold(_provider: str, _outcome: str) -> None:
    """Tell nobody of a renewal."""


class AccessTokens:
    """The access tokens of all accounts. Without `auth_server`, no authentication server is asked.

    `count_renewal` is told of each request for a token: the kind of the application, and `success`, `refused` or
    `failed`.
    """

    def __init__(
        self,
        *,
        db: Database,
        accounts: Accounts,
        apps: Apps,
        web: WebClient,
        clock: Callable[[], int] = now_ms,
        auth_server: AuthServer | None = None,
        count_renewal: Callable[[str, str], None] = _untold,
    ) -> None:
        self._db = db
        self._accounts = accounts
        self._apps = apps
        self._web = web
        self._clock = clock
        self._auth_server = auth_server
        self._count_renewal = count_renewal

    async def prepare(
        self,
        account: str,
        settings: AccountSettings,
        *,
        protocol: Protocol = "imap",
        refused: Secret | None = None,
        early: int = EARLY_MS,
    ) -> Prepared:
        """Return the credentials to sign in with. `refused` is a token to replace, `early` the margin of renewal (ms).

        Raises TokenRefused, TokenUnavailable, AuthServerRefused, AuthServerUnavailable, NoCredentials,
        AccountNotFound, StorageUnavailable.
        """
        lent = await self._auth_server.lend(account, settings, protocol) if self._auth_server is not None else None
        oauth2 = settings.oauth2
        if oauth2 is None or not settings.uses_oauth2(protocol):
            return Prepared(lent or settings, lent=lent is not None)
        if lent is None and settings.lender is not None:
            return await self._borrowed(account, settings, refused, early)
        app = await self._apps.find(str(oauth2.provider))
        if lent is not None:
            return Prepared(lent, app.provider if app else None, lent=True)
        if app is None or not can_renew(oauth2, app):
            return Prepared(settings, app.provider if app else None)
        due: Due = partial(is_due, refused=refused, early=early)
        if due(oauth2, self._clock()):
            settings = await self._renewed(account, app, due, refused)
        return Prepared(settings, app.provider, renewable=True)

    async def _borrowed(self, account: str, settings: AccountSettings, refused: Secret | None, early: int) -> Prepared:
        lender, found = await follow(account, settings, self._read)
        prepared = await self.prepare(lender, found, protocol="api", refused=refused, early=early)
        return replace(prepared, settings=borrowed(settings, prepared.settings), lent=True)

    async def close(self) -> None:
        """Close the connections to authorization servers."""
        await self._web.close()

    async def _renewed(self, account: str, app: App, due: Due, refused: Secret | None) -> AccountSettings:
        holder = random.token_hex(8)
        while True:
            claim = partial(self._claim, account=account, holder=holder, due=due)
            claimed = await repeatable(partial(self._db.write, claim))
            if claimed.key is None or claimed.settings.oauth2 is None:
                return claimed.settings
            if not claimed.is_mine:
                await asyncio.sleep(_WAIT)
                continue
            try:
                # A request that was sent must be completed, because its answer may hold the only valid refresh token.
                return await seen_through(self._renew(account, app, claimed.settings.oauth2))
            except OAuthTokenRefused:
                fresh = await self._read(account)
                if _refresh_token(fresh) == claimed.settings.oauth2.refresh_token:
                    raise
            except TokenUnavailable:
                if is_usable(claimed.settings.oauth2, self._clock(), refused=refused):
                    return claimed.settings
                raise
            finally:
                with suppress(StorageFailed):
                    await self._db.write(partial(refresh_store.release, key=claimed.key, holder=holder))

    def _claim(self, conn: Connection, account: str, holder: str, due: Due) -> _Claimed:
        """Return the current settings, the account's key if its token is due, and whether this caller renews it."""
        settings, key = self._held(conn, account)
        now = self._clock()
        if settings.oauth2 is None or not due(settings.oauth2, now):
            return _Claimed(settings, None, False)
        return _Claimed(settings, key, refresh_store.claim(conn, key, holder, now, now + CLAIM_MS))

    async def _renew(self, account: str, app: App, oauth2: OAuth2Settings) -> AccountSettings:
        token = oauth2.refresh_token.reveal() if oauth2.refresh_token is not None else None
        try:
            tokens = await renew(self._web, app, oauth2.mailbox, token, self._clock())
        except (OAuthTokenRefused, TokenUnavailable) as error:
            self._count_renewal(app.kind, "refused" if isinstance(error, OAuthTokenRefused) else "failed")
            raise
        self._count_renewal(app.kind, "success")
        return await self._keep(account, oauth2.refresh_token, tokens)

    async def _keep(self, account: str, used: Secret | None, tokens: GrantedTokens) -> AccountSettings:
        """Store new tokens, with retries, because a rotated refresh token exists nowhere else."""

        def work(conn: Connection) -> AccountSettings:
            current, key = self._held(conn, account)
            if current.oauth2 is None or current.oauth2.refresh_token != used:
                # The account got new credentials in the meantime, and these take precedence.
                return current
            renewed = replace(current, oauth2=with_tokens(current.oauth2, tokens))
            store.save_settings(conn, key, *self._accounts.seal(account, renewed))
            return renewed

        # If a failed attempt was stored after all, the next one sees it by the changed refresh token.
        return await insist(lambda: self._db.write(work))

    async def _read(self, account: str) -> AccountSettings:
        return await repeatable(lambda: self._db.write(lambda conn: self._held(conn, account)[0]))

    def _held(self, conn: Connection, account: str) -> tuple[AccountSettings, int]:
        row = store.find_for_update(conn, account)
        if row is None:
            raise AccountNotFound
        return self._accounts.unseal(account, *store.load_settings(conn, row.key)), row.key


def can_renew(oauth2: OAuth2Settings, app: App) -> bool:
    """Return whether an application can get this account a new access token."""
    return app.provider.grant != "refresh_token" or bool(oauth2.refresh_token)


def _refresh_token(settings: AccountSettings) -> Secret | None:
    return settings.oauth2.refresh_token if settings.oauth2 is not None else None


async def seen_through(work: Awaitable[T]) -> T:
    """Complete the work even if the caller is cancelled; the cancellation takes effect afterwards."""

    async def outcome() -> T | PostroomError:
        try:
            return await work
        except PostroomError as error:
            return error

    try:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(outcome())
            await ended(task)
    except BaseExceptionGroup as failures:
        # An error of our own, raised as it is so that the log shows it.
        raise failures.exceptions[0] from None
    result = task.result()
    if isinstance(result, PostroomError):
        raise result
    return result
