"""Issues, recognises, lists and removes tokens. A recognised token is cached for at most a second."""

from __future__ import annotations

import hashlib
import hmac
import secrets as random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from typing import Final, Self

from postroom.access import store
from postroom.access.issuing import WantedToken
from postroom.access.tokens import (
    TOKEN_BYTES,
    TOPIC,
    InvalidExpiry,
    NoSuchAccount,
    RateLimit,
    Token,
    TokenNotFound,
    TokenRefused,
    token_id,
)
from postroom.clock import now_ms
from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.wakeups import wake

MAX_AGE_MS: Final = 1000
"""Milliseconds after which a token that another process deleted is refused at the latest."""

USE_NOTED_EVERY_MS: Final = 60_000
_REMEMBERED: Final = 10_000

PREPARED: Final = Token(id="prepared", description="POSTROOM_TOKEN", scopes=("*",), created_at=0)
"""The operator's own token, from the settings."""


@dataclass(frozen=True, slots=True)
class NewToken:
    """The properties of a token to be made; see Token."""

    description: str
    scopes: tuple[str, ...] = ("api",)
    account: str | None = None
    metadata: str | None = None
    addresses: tuple[str, ...] = ()
    permissions: dict[str, list[str]] | None = None
    expires_at: int | None = None
    created_ip: str | None = None
    referrers: tuple[str, ...] = ()
    rate_limit: RateLimit | None = None

    @classmethod
    def of(cls, description: str, wanted: WantedToken, metadata: str | None, address: str | None) -> Self:
        """Return the token that allows what is wanted; `address` is that of the person for whom it is made."""
        return cls(
            description,
            wanted.scopes,
            wanted.account,
            metadata,
            wanted.addresses,
            wanted.permissions,
            wanted.expires_at,
            address,
            wanted.referrers,
            wanted.rate_limit,
        )


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token with its secret, which is shown only once."""

    secret: str = field(repr=False)
    id: str = ""


class Tokens:
    """The tokens of one installation. `prepared` is the token from the settings; it has all rights."""

    def __init__(self, db: Database, prepared: str | None = None, clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self._prepared = _digest(prepared) if prepared else None
        self._clock = clock
        self._hints = db.wakeups.subscribe(TOPIC)
        self._known: dict[str, tuple[int, Token]] = {}
        self._generation = 0
        self._noted: dict[str, int] = {}

    async def recognise(self, secret: str, address: str | None) -> Token:
        """Return the token with this secret. Raises TokenRefused, StorageUnavailable."""
        if self._prepared is not None and hmac.compare_digest(_digest(secret), self._prepared):
            return PREPARED
        id_ = token_id(secret)
        if id_ is None:
            raise TokenRefused("The access token is not valid", code="InvalidToken")
        now = self._clock()
        token = await self._look_up(id_, now)
        if token is None:
            raise TokenRefused("The access token is not known", code="UnknownToken")
        if token.expires_at is not None and token.expires_at <= now:
            raise TokenRefused("The access token has expired", code="ExpiredToken")
        if now - self._noted.get(id_, token.used_at or 0) >= USE_NOTED_EVERY_MS:
            await self._note_use(id_, now, address)
        return token

    async def issue(self, new: NewToken) -> Issued:
        """Make and store a token. Raises NoSuchAccount, InvalidExpiry."""
        now = self._clock()
        if new.expires_at is not None and new.expires_at <= now:
            raise InvalidExpiry("The expiry time must be in the future")
        secret = random.token_hex(TOKEN_BYTES)
        id_ = token_id(secret) or ""
        token = Token(
            id_,
            new.description,
            new.scopes,
            now,
            new.account,
            new.metadata,
            new.addresses,
            new.permissions,
            new.expires_at,
            new.created_ip,
            referrers=new.referrers,
            rate_limit=new.rate_limit,
        )

        def work(conn: Connection) -> None:
            if token.account is not None and not store.hold_account(conn, token.account):
                raise NoSuchAccount(NoSuchAccount.__doc__ or "")
            store.insert(conn, token)

        await self._db.write(work)
        return Issued(secret, id_)

    async def get(self, id_: str) -> Token:
        """Return a token. Raises TokenNotFound."""
        token = await self._db.read(lambda conn: store.find(conn, id_))
        if token is None:
            raise TokenNotFound("Token was not found for requested ID")
        return token

    async def named(self, text: str) -> Token:
        """Return the token with this id, or else the one with this secret. Both look alike. Raises TokenNotFound."""
        try:
            return await self.get(text)
        except TokenNotFound:
            id_ = token_id(text)
            if id_ is None:
                raise
        return await self.get(id_)

    async def list_page(
        self, account: str | None = None, text: str | None = None, page: int = 0, page_size: int = 20
    ) -> tuple[int, list[Token]]:
        """Return how many tokens match and one page of them, newest first."""
        return await self._db.read(lambda conn: store.page(conn, account, text, page, page_size))

    async def count(self) -> int:
        """Return how many tokens there are, without the one from the settings."""
        return await self._db.read(store.count)

    async def remove(self, id_: str) -> None:
        """Remove a token. It is refused here at once, and in other processes within a second. Raises TokenNotFound."""

        def work(conn: Connection) -> bool:
            wake(conn, TOPIC, id_)
            return store.delete(conn, id_)

        try:
            was_there = await self._db.write(work)
        finally:
            # Even when the outcome is unknown, so that it is read again.
            self._forget(id_)
        if not was_there:
            raise TokenNotFound("Token was not found for requested ID")

    async def gone(self, used: Mapping[str, str | None]) -> set[str]:
        """Return which of these tokens are no longer valid, and record the use of the others.

        `used` maps the ids of the tokens to the addresses that use them. It checks all long-lived connections with one
        read.
        """
        now = self._clock()
        ids = [id_ for id_ in used if id_ != PREPARED.id]
        good = await self._db.read(lambda conn: store.good(conn, ids, now)) if ids else set()
        due = {id_: used[id_] for id_ in good if now - self._noted.get(id_, 0) >= USE_NOTED_EVERY_MS}
        if due:
            self._noted.update(dict.fromkeys(due, now))
            with suppress(StorageFailed):
                await self._db.write(lambda conn: store.touch_all(conn, due, now))
        return set(ids) - good

    def forget_account(self, account: str) -> None:
        """Remove the tokens of a deleted account from the cache."""
        for id_ in [id_ for id_, (_, token) in self._known.items() if token.account == account]:
            self._forget(id_)
        self._generation += 1

    async def _look_up(self, id_: str, now: int) -> Token | None:
        for changed in self._hints.take():
            self._forget(changed)
        known = self._known.get(id_)
        if known is not None and 0 <= now - known[0] < MAX_AGE_MS:
            return known[1]
        generation = self._generation
        token = await self._db.read(lambda conn: store.find(conn, id_))
        if token is not None and generation == self._generation:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
                self._noted.clear()
            self._known[id_] = (now, token)
        return token

    async def _note_use(self, id_: str, now: int, address: str | None) -> None:
        self._noted[id_] = now
        if id_ in self._known:
            read_at, token = self._known[id_]
            self._known[id_] = (read_at, replace(token, used_at=now, used_ip=address))
        try:
            await self._db.write(lambda conn: store.touch(conn, id_, now, address))
        except StorageFailed:
            # The database may be readable and not writable; a read-only request must still succeed.
            self._noted.pop(id_, None)

    def _forget(self, id_: str) -> None:
        self._known.pop(id_, None)
        self._noted.pop(id_, None)
        self._generation += 1


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="replace")).digest()
