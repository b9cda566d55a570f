"""What the API may ask of accounts: register, read, change, remove, reconnect, hold, sync, flush."""

from __future__ import annotations

import secrets as random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import sqlalchemy as sa

from postroom.accounts import store
from postroom.accounts.credentials import NoCredentials
from postroom.accounts.delegation import LONGEST_CHAIN, follow, lender_of
from postroom.accounts.document import (
    BLOCKS,
    Document,
    Problem,
    account_type,
    find_masked,
    is_storable,
    join,
    merge,
    needs_new_connection,
    new_problems,
    oauth2_identity,
    problems,
    split,
    unstorable,
)
from postroom.accounts.journal import STATE_TOPIC
from postroom.accounts.lifecycle import State
from postroom.accounts.model import (
    AccountExists,
    AccountNotFound,
    AccountRow,
    AccountView,
    InvalidAccount,
    ListItem,
    ListQuery,
    NotConnected,
    Page,
    Registered,
    Updated,
    VersionMismatch,
)
from postroom.accounts.repair import Merging
from postroom.clock import iso, now_ms
from postroom.events.log import append, begin
from postroom.events.types import account_added, account_deleted
from postroom.log import get_logger
from postroom.oauth2 import store as oauth2_apps
from postroom.oauth2.providers import provider_of
from postroom.storage.database import Database
from postroom.storage.secrets import SecretBox, SecretUnreadable, account_context
from postroom.storage.tables import accounts
from postroom.storage.turns import Turn
from postroom.storage.wakeups import wake

log = get_logger("accounts")

TOPIC = "accounts"
_ID_ALPHABET = string.digits + string.ascii_lowercase
_ID_LENGTH = 16
Work = Callable[[sa.Connection], None]
_LIVE = (State.CONNECTED, State.SYNCING)
# Kept beside the document, in the narrow row and in a table of its own.
_OUTSIDE = ("name", "email", "metadata")


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one installation."""

    db: Database
    box: SecretBox
    clock: Callable[[], int] = now_ms

    async def register(
        self, account: str | None, body: dict[str, Any], *, upsert: bool = False, first: Work | None = None
    ) -> Registered:
        """Store a new account and wake the supervisor; `body` has the API's field names, already validated in form.

        `first` is done before, in the same transaction, and by raising prevents it.
        Raises AccountExists, InvalidAccount. With `upsert` an existing account is updated instead.
        """

        def work(conn: sa.Connection) -> Registered:
            if first is not None:
                first(conn)
            return self._register(conn, account, body, upsert)

        stored = await self.db.write(work, turn=Turn.AHEAD)
        if stored.created:
            log.info("account registered", account=stored.account)
        return stored

    async def update(self, account: str, change: dict[str, Any], *, if_match: str | None = None) -> Updated:
        """Apply a change. Raises AccountNotFound, InvalidAccount, AccountExists, VersionMismatch."""
        return await self.db.write(lambda conn: self._update(conn, account, change, if_match), turn=Turn.AHEAD)

    async def preview(self, account: str, change: dict[str, Any]) -> Document:
        """Return the full document, with secrets, as it would be after a change. Nothing is stored.

        Raises AccountNotFound, InvalidAccount, SecretUnreadable.
        """

        def work(conn: sa.Connection) -> Document:
            row = _required(store.find(conn, account))
            merged = self._merged(conn, row, change)
            _refuse([*find_masked(change), *merged.unsent(change), *problems(merged.full)])
            if merged.lost is not None and merged.stays_sealed:
                raise merged.lost
            return merged.full

        return await self.db.read(work)

    async def remove(self, account: str) -> None:
        """Remove an account and all that belongs to it. Raises AccountNotFound."""

        def work(conn: sa.Connection) -> None:
            row = _required(store.find_to_delete(conn, account))
            append(conn, row.key, account, [account_deleted(account)], self.clock())
            store.delete(conn, row.key, account)
            wake(conn, TOPIC, account)
            wake(conn, STATE_TOPIC, account)

        await self.db.write(work, turn=Turn.AHEAD)
        log.info("account deleted", account=account)

    async def reconnect(self, account: str) -> None:
        """Ask for a new connection, from whatever state."""
        await self._command(account, lambda row: {"wanted": "run", **_anew(row)})

    async def disconnect(self, account: str) -> None:
        """Stop the account and hold it until `reconnect`."""
        await self._command(account, lambda row: {"wanted": "stopped", **_anew(row)})

    async def request_sync(self, account: str) -> None:
        """Ask the live runner to sync everything now. Raises NotConnected without a live connection."""

        def values(row: AccountRow) -> dict[str, Any]:
            if row.state not in _LIVE:
                raise NotConnected(row.state)
            return {"sync_revision": accounts.c.sync_revision + 1}

        await self._command(account, values)

    async def flush(self, account: str, *, notify_from: str | None = None, indexer: str | None = None) -> None:
        """Forget what is known of the mailbox and begin again; mail older than `notify_from` (now) is silent."""

        def work(conn: sa.Connection) -> None:
            row = _required(store.find_for_update(conn, account))
            document, sealed = store.load_settings(conn, row.key)
            document["notifyFrom"] = notify_from or iso(self.clock())
            if indexer:
                document["imapIndexer"] = indexer
            store.save_settings(conn, row.key, document, sealed)
            store.update_row(conn, row.key, {"flush_pending": True, "version": row.version + 1, **_anew(row)})
            wake(conn, TOPIC, account)

        await self.db.write(work, turn=Turn.AHEAD)

    async def get(self, account: str) -> AccountView:
        """Return everything known of an account, secrets masked. Raises AccountNotFound."""
        view = await self.db.read(lambda conn: store.view(conn, account))
        if view is None:
            raise AccountNotFound
        return view

    async def find_oauth2(self, full: Document) -> str | None:
        """Return the account that has the OAuth2 user of this document already, None when there is none."""
        identity = oauth2_identity(full)
        if identity is None:
            return None
        return await self.db.read(lambda conn: store.find_oauth2_identity(conn, identity))

    async def list_page(self, query: ListQuery) -> Page:
        """Return a page of accounts in the order of their ids."""
        if not all(is_storable(text) for text in (query.text or "", *query.metadata, *query.metadata.values())):
            return Page(0, query.page, query.page_size, [])

        def work(conn: sa.Connection) -> tuple[int, list[ListItem], dict[str, Document]]:
            total, items = store.page(conn, query)
            return total, items, _lenders(conn, items)

        total, items, lenders = await self.db.read(work)
        return Page(total, query.page, query.page_size, [await _with_delegation(item, lenders) for item in items])

    async def timeline(self, account: str, page: int, page_size: int) -> Page:
        """Return a page of the account's state changes, newest first. Raises AccountNotFound."""

        def work(conn: sa.Connection) -> tuple[int, list[Any]]:
            row = _required(store.find(conn, account))
            return store.timeline_page(conn, row.key, page, page_size)

        total, items = await self.db.read(work)
        return Page(total, page, page_size, items)

    async def state_counts(self) -> dict[str, int]:
        """Return how many accounts are in each state."""
        return await self.db.read(store.state_counts)

    def unseal(self, account: str, document: Document, sealed: str | None) -> Document:
        """Return the full document of stored settings. Raises SecretUnreadable."""
        if not sealed:
            return document
        return join(
            document, orjson.loads(self.box.open_for(f"the account {account!r}", sealed, account_context(account)))
        )

    def seal(self, account: str, full: Document) -> tuple[Document, str | None]:
        """Return the masked document and the sealed secrets, as they are stored."""
        masked, secrets = split(full)
        return masked, self.box.seal(orjson.dumps(secrets).decode(), account_context(account)) if secrets else None

    def _register(self, conn: sa.Connection, account: str | None, body: dict[str, Any], upsert: bool) -> Registered:
        account = account if account is not None else _generated_id(conn)
        _refuse(unstorable({**body, "account": account}))
        existing = store.find(conn, account)
        if existing is None:
            return self._store_new(conn, account, body)
        if not upsert:
            raise AccountExists("An account with this id already exists; use PUT to update it", account)
        try:
            self._update(conn, account, body, None)
        except AccountNotFound:
            # It was removed since it was found.
            return self._store_new(conn, account, body)
        return Registered(account, existing.state, created=False)

    def _store_new(self, conn: sa.Connection, account: str, body: dict[str, Any]) -> Registered:
        full = {name: value for name, value in body.items() if name not in _OUTSIDE and value not in (None, "", [])}
        full = {name: value for name, value in full.items() if value or name not in BLOCKS}
        _refuse(new_problems(body))
        _demand_provider(conn, full)
        identity = self._free_identity(conn, account, full)
        now = self.clock()
        full.setdefault("notifyFrom", iso(now))
        document, sealed = self.seal(account, full)
        row = {
            "account": account,
            "name": body["name"],
            "email": body.get("email") or account,
            "type": account_type(full),
            "oauth2_identity": identity,
            "created_at": now,
            "state": State.INIT.value,
            "state_since": now,
        }
        key = store.insert(conn, row, document, sealed, body.get("metadata") or {})
        store.insert_timeline(conn, key, State.INIT, now, "registered")
        begin(conn, key, account, account_added(account), now)
        wake(conn, TOPIC, account)
        wake(conn, STATE_TOPIC, account)
        return Registered(account, State.INIT, created=True)

    def _update(self, conn: sa.Connection, account: str, change: dict[str, Any], if_match: str | None) -> Updated:
        row = _required(store.find_for_update(conn, account))
        if if_match is not None and if_match != row.tag:
            raise VersionMismatch
        _refuse(unstorable(change))
        merged = self._merged(conn, row, change)
        _refuse([*find_masked(change), *merged.unsent(change), *problems(merged.full)])
        if "oauth2" in change:
            _demand_provider(conn, merged.full)
        document, sealed = (merged.full, merged.sealed) if merged.stays_sealed else self.seal(account, merged.full)
        store.save_settings(conn, row.key, document, sealed)
        store.update_row(conn, row.key, self._changed_row(conn, row, change, merged.before, merged.full))
        if "metadata" in change:
            store.replace_metadata(conn, row.key, change["metadata"] or {})
        wake(conn, TOPIC, account)
        return Updated(account, row.next_tag, merged.warnings)

    def _merged(self, conn: sa.Connection, row: AccountRow, change: dict[str, Any]) -> Merging:
        before, sealed = store.load_settings(conn, row.key)
        lost: SecretUnreadable | None = None
        try:
            before = self.unseal(row.account, before, sealed)
        except SecretUnreadable as error:
            lost = error
        merged = merge(before, {name: value for name, value in change.items() if name not in _OUTSIDE})
        merged.document.setdefault("notifyFrom", before.get("notifyFrom") or iso(row.created_at))
        return Merging(before, merged.document, merged.warnings, sealed, lost)

    def _changed_row(
        self, conn: sa.Connection, row: AccountRow, change: dict[str, Any], before: Document, full: Document
    ) -> dict[str, Any]:
        name = change.get("name") or row.name
        email = change.get("email") or row.email
        values: dict[str, Any] = {
            "name": name,
            "email": email,
            "search": store.search_text(row.account, name, email),
            "type": account_type(full),
            "oauth2_identity": self._free_identity(conn, row.account, full),
            "version": row.version + 1,
        }
        if needs_new_connection(before, full):
            values |= _anew(row)
        return values

    def _free_identity(self, conn: sa.Connection, account: str, full: Document) -> str | None:
        identity = oauth2_identity(full)
        holder = store.find_oauth2_identity(conn, identity) if identity else None
        if holder is not None and holder != account:
            raise AccountExists("Another account for the same OAuth2 user already exists", holder)
        return identity

    async def _command(self, account: str, values: Callable[[AccountRow], dict[str, Any]]) -> None:
        def work(conn: sa.Connection) -> None:
            row = _required(store.find_for_update(conn, account))
            store.update_row(conn, row.key, values(row))
            wake(conn, TOPIC, account)

        await self.db.write(work, turn=Turn.AHEAD)


def retry_refused(conn: sa.Connection, app: str) -> None:
    """Ask for new connections of an OAuth2 application's accounts whose sign-in was refused.

    It belongs in the transaction that stores or changes the application.
    """
    for account in store.revise(conn, app, State.AUTHENTICATION_ERROR, State.CONNECT_ERROR):
        wake(conn, TOPIC, account)


def _anew(row: AccountRow) -> dict[str, Any]:
    """The columns that make an account begin anew; a wait planned before is not gone on with, even after a crash."""
    return {"revision": row.revision + 1, "next_attempt": None}


def _required(row: AccountRow | None) -> AccountRow:
    if row is None:
        raise AccountNotFound
    return row


def _refuse(found: list[Problem]) -> None:
    if found:
        raise InvalidAccount(found)


def _demand_provider(conn: sa.Connection, full: Document) -> None:
    """Refuse an OAuth2 account that could never sign in.

    Without an application under the provider's name it must bring an access token, and its servers must be known.
    """
    oauth2 = full.get("oauth2")
    if not isinstance(oauth2, dict) or oauth2.get("useAuthServer") or not oauth2.get("enabled", True):
        return
    provider = str(oauth2.get("provider"))
    if oauth2_apps.exists(conn, provider) or (oauth2.get("auth") or {}).get("delegatedAccount"):
        return
    known = provider_of(provider)
    has_server = (known is not None and known.imap is not None) or bool(full.get("imap"))
    if not oauth2.get("accessToken") or not has_server:
        message = "Invalid or missing OAuth2 provider"
        raise InvalidAccount([Problem("oauth2.provider", message)], message)


def _generated_id(conn: sa.Connection) -> str:
    while True:
        candidate = "".join(random.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))
        if store.find(conn, candidate) is None:
            return candidate


def _lenders(conn: sa.Connection, items: Sequence[ListItem]) -> dict[str, Document]:
    """Return the documents of all accounts from which the listed ones borrow, read a link of all chains at a time."""
    known: dict[str, Document] = {}
    asked: set[str] = set()
    latest = {item.row.account: item.document for item in items if item.row.type == "delegated"}
    for _ in range(LONGEST_CHAIN):
        wanted = {lender for document in latest.values() if (lender := lender_of(document))} - asked
        if not wanted:
            break
        latest = store.documents(conn, wanted)
        asked |= wanted
        known |= latest
    return known


async def _with_delegation(item: ListItem, lenders: dict[str, Document]) -> ListItem:
    """Return the item with what is wrong with the chain of accounts that it borrows from, if it does."""

    async def read(account: str) -> Document:
        if account not in lenders:
            raise AccountNotFound
        return lenders[account]

    if item.row.type != "delegated":
        return item
    try:
        await follow(item.row.account, item.document, read)
    except NoCredentials as error:
        return replace(item, delegation_error=str(error))
    return item
