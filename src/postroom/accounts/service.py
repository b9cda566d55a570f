"""The operations of the API on accounts: register, read, change, remove, reconnect, pause, sync, flush."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from postroom.accounts import logged_store, store
from postroom.accounts.ids import free_id
from postroom.accounts.journal import STATE_TOPIC
from postroom.accounts.lenders import lenders, with_delegation
from postroom.accounts.lifecycle import State, beginning
from postroom.accounts.listing import page_store
from postroom.accounts.listing.service import is_askable
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
from postroom.accounts.providers import demand_provider
from postroom.accounts.rights.admission import demand_right, note
from postroom.accounts.rights.allowed import ADMINISTRATOR, ChangeDenied, Changer
from postroom.accounts.rights.exposure import differences
from postroom.accounts.rights.repair import Merging
from postroom.accounts.settings.facts import account_type, mail_host, needs_new_connection, oauth2_identity
from postroom.accounts.settings.merging import merge, new_settings
from postroom.accounts.settings.problems import Problem, problems
from postroom.accounts.settings.reading import opened
from postroom.accounts.settings.requests import new_problems, sent_problems, unstorable
from postroom.accounts.settings.shapes import Document
from postroom.accounts.settings.values import AccountSettings
from postroom.accounts.settings.writing import masked, split
from postroom.clock import iso, now_ms
from postroom.events.log import append, begin
from postroom.events.types import account_added, account_deleted
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox, SecretUnreadable, account_context
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn
from postroom.storage.wakeups import wake

log = get_logger("accounts")

TOPIC = "accounts"
Work = Callable[[Connection], None]
_LIVE = (State.CONNECTED, State.SYNCING)
_AWAKE: store.Columns = {"revision": 1, "parked_revision": None}
# No node claims a parked account, so nobody else writes its state.
_AT_REST: store.Columns = {"revision": 1, "parked_revision": 1}


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one installation."""

    db: Database
    box: SecretBox
    clock: Callable[[], int] = now_ms

    async def register(
        self,
        account: str | None,
        body: Document,
        *,
        upsert: bool = False,
        first: Work | None = None,
        by: Changer = ADMINISTRATOR,
    ) -> Registered:
        """Store a new account and wake the supervisor. `body` has the API's field names, and its form was validated.

        `first` runs before, in the same transaction; if it raises, nothing is stored. With `upsert` an existing account
        is updated instead. Raises AccountExists, InvalidAccount.
        """

        def work(conn: Connection) -> Registered:
            if first is not None:
                first(conn)
            return self._register(conn, account, body, by if upsert else None)

        stored = await self.db.write(work, turn=WriteTurn.AHEAD)
        if stored.created:
            log.info("account registered", account=stored.account)
        _log_moves(stored.account, stored.moved, by)
        return stored

    async def update(
        self, account: str, change: Document, *, if_match: str | None = None, by: Changer = ADMINISTRATOR
    ) -> Updated:
        """Apply a change. If settings lead elsewhere after it, the timeline notes that.

        Raises AccountNotFound, InvalidAccount, AccountExists, VersionMismatch, ChangeDenied.
        """
        done = await self.db.write(lambda conn: self._update(conn, account, change, if_match, by), turn=WriteTurn.AHEAD)
        _log_moves(account, done.moved, by)
        return done

    async def preview(self, account: str, change: Document, *, by: Changer = ADMINISTRATOR) -> AccountSettings:
        """Return the settings, including secrets, as they would be after a change. Nothing is stored.

        Raises AccountNotFound, InvalidAccount, SecretUnreadable, ChangeDenied.
        """
        return (await self._previewed(account, change, by)).after

    async def tried(self, account: str, change: Document, *, by: Changer = ADMINISTRATOR) -> AccountSettings:
        """Like `preview`, for settings that will be tried. If they lead elsewhere, the timeline notes that.

        Changes by a bound token are not noted, because they send no stored secret elsewhere.
        """
        merged = await self._previewed(account, change, by)
        if differences(merged.before, merged.after) and not by.is_bound:

            def work(conn: Connection) -> None:
                note(conn, _required(store.find_for_update(conn, account)), "tried", merged, by, self.clock())

            await self.db.write(work, turn=WriteTurn.AHEAD)
        return merged.after

    async def _previewed(self, account: str, change: Document, by: Changer) -> Merging:
        def work(conn: Connection) -> Merging:
            merged = self._examined(conn, _required(store.find(conn, account)), change, by)
            if merged.lost is not None and merged.stays_sealed:
                raise merged.lost
            return merged

        return await self.db.read(work)

    async def remove(self, account: str) -> None:
        """Remove an account and everything that belongs to it. Raises AccountNotFound."""

        def work(conn: Connection) -> None:
            row = _required(store.find_to_delete(conn, account))
            append(conn, row.key, account, [account_deleted(account)], self.clock())
            store.delete(conn, row.key, account)
            wake(conn, TOPIC, account)
            wake(conn, STATE_TOPIC, account)

        await self.db.write(work, turn=WriteTurn.AHEAD)
        log.info("account deleted", account=account)

    async def reconnect(self, account: str) -> None:
        """Ask for a new connection, in any state."""
        await self._command(account, lambda row: {"wanted": "run", **_anew(row)})

    async def disconnect(self, account: str) -> None:
        """Stop the account until `reconnect`."""
        await self._command(account, lambda row: {"wanted": "stopped", **_anew(row)})

    async def request_sync(self, account: str) -> None:
        """Ask the live runner to sync everything now. Raises NotConnected without a live connection."""

        def values(row: AccountRow) -> store.Columns:
            if row.state not in _LIVE:
                raise NotConnected(row.state)
            return store.NEXT_SYNC_REVISION

        await self._command(account, values)

    async def flush(self, account: str, *, notify_from: str | None = None, indexer: str | None = None) -> None:
        """Forget the stored state of the mailbox and begin again. Mail from before `notify_from` (now) stays silent."""

        def work(conn: Connection) -> None:
            row = _required(store.find_for_update(conn, account))
            settings, sealed = store.load_settings(conn, row.key)
            settings = replace(settings, notify_from=notify_from or iso(self.clock()))
            if indexer:
                settings = replace(settings, imap_indexer=indexer)
            store.save_settings(conn, row.key, masked(settings), sealed)
            store.update_row(conn, row.key, {"flush_pending": True, "version": row.version + 1, **_anew(row)})
            wake(conn, TOPIC, account)

        await self.db.write(work, turn=WriteTurn.AHEAD)

    async def get(self, account: str) -> AccountView:
        """Return everything known about an account, with masked secrets. Raises AccountNotFound."""
        view = await self.db.read(lambda conn: store.view(conn, account))
        if view is None:
            raise AccountNotFound
        return view

    async def find_oauth2(self, settings: AccountSettings) -> str | None:
        """Return the account that already has the OAuth2 user of these settings, None when there is none."""
        identity = oauth2_identity(settings)
        if identity is None:
            return None
        return await self.db.read(lambda conn: store.find_oauth2_identity(conn, identity))

    async def list_page(self, query: ListQuery) -> Page:
        """Return a page of accounts."""
        if not is_askable(query):
            return Page(0, query.page, query.page_size, [])

        def work(conn: Connection) -> tuple[int, list[ListItem], dict[str, AccountSettings]]:
            total, items = page_store.page(conn, query)
            return total, items, lenders(conn, items)

        total, items, known = await self.db.read(work)
        shown = [item if item.row.type != "delegated" else await with_delegation(item, known) for item in items]
        return Page(total, query.page, query.page_size, shown)

    async def timeline(self, account: str, page: int, page_size: int) -> Page:
        """Return a page of the account's state changes, newest first. Raises AccountNotFound."""

        def work(conn: Connection) -> tuple[int, list[Any]]:
            row = _required(store.find(conn, account))
            return store.timeline_page(conn, row.key, page, page_size)

        total, items = await self.db.read(work)
        return Page(total, page, page_size, items)

    async def state_counts(self) -> dict[str, int]:
        """Return how many accounts are in each state."""
        return await self.db.read(store.state_counts)

    def unseal(self, account: str, stored: AccountSettings, sealed: str | None) -> AccountSettings:
        """Return the settings of a stored row, including secrets. Raises SecretUnreadable."""
        if not sealed:
            return stored
        secrets = self.box.open_for(f"the account {account!r}", sealed, account_context(account))
        return opened(stored, orjson.loads(secrets))

    def seal(self, account: str, settings: AccountSettings) -> tuple[Document, str | None]:
        """Return the masked document and the sealed secrets, in their stored form."""
        document, secrets = split(settings)
        return document, self.box.seal(orjson.dumps(secrets).decode(), account_context(account)) if secrets else None

    def _register(self, conn: Connection, account: str | None, body: Document, by: Changer | None) -> Registered:
        """Store a new account, or change the existing one if `by` is set."""
        account = account if account is not None else free_id(conn)
        _refuse(unstorable({**body, "account": account}))
        existing = store.find(conn, account)
        if existing is None:
            return self._store_new(conn, account, body)
        if by is None:
            raise AccountExists("An account with this id already exists; use PUT to update it", account)
        try:
            done = self._update(conn, account, body, None, by)
        except AccountNotFound:
            # The account was removed in the meantime.
            return self._store_new(conn, account, body)
        return Registered(account, existing.state, created=False, moved=done.moved)

    def _store_new(self, conn: Connection, account: str, body: Document) -> Registered:
        _refuse(new_problems(body))
        settings = new_settings(body)
        demand_provider(conn, settings)
        identity = self._free_identity(conn, account, settings)
        now = self.clock()
        settings = replace(settings, notify_from=settings.notify_from or iso(now))
        document, sealed = self.seal(account, settings)
        states = beginning(connects=settings.wants_imap)
        row = {
            "account": account,
            "name": body["name"],
            "email": body.get("email") or account,
            "type": account_type(settings),
            "host": mail_host(settings),
            "oauth2_identity": identity,
            "created_at": now,
            "state": states[-1][0].value,
            "state_since": now,
            **(_AWAKE if settings.wants_imap else _AT_REST),
        }
        key = store.insert(conn, row, document, sealed, body.get("metadata") or {})
        store.begin_timeline(conn, key, now, states)
        if settings.logs:
            logged_store.note_wish(conn, key, account, wanted=True)
        begin(conn, key, account, account_added(account), now)
        for topic in (TOPIC, STATE_TOPIC) if settings.wants_imap else (STATE_TOPIC,):
            wake(conn, topic, account)
        return Registered(account, states[0][0], created=True)

    def _update(self, conn: Connection, account: str, change: Document, if_match: str | None, by: Changer) -> Updated:
        row = _required(store.find_for_update(conn, account))
        if if_match is not None and if_match != row.tag:
            raise VersionMismatch
        _refuse(unstorable(change))
        merged = self._examined(conn, row, change, by)
        if "oauth2" in change:
            demand_provider(conn, merged.after)
        document, sealed = self._as_stored(account, merged)
        store.save_settings(conn, row.key, document, sealed)
        store.update_row(conn, row.key, self._changed_row(conn, row, change, merged, by))
        if merged.before.logs != merged.after.logs:
            logged_store.note_wish(conn, row.key, account, wanted=bool(merged.after.logs))
        if "metadata" in change:
            store.replace_metadata(conn, row.key, change["metadata"] or {})
        moved = note(conn, row, "changed", merged, by, self.clock())
        wake(conn, TOPIC, account)
        return Updated(account, row.next_tag, merged.warnings, moved)

    def _as_stored(self, account: str, merged: Merging) -> tuple[Document, str | None]:
        if merged.stays_sealed:
            return masked(merged.after), merged.sealed
        return self.seal(account, merged.after)

    def _examined(self, conn: Connection, row: AccountRow, change: Document, by: Changer) -> Merging:
        """Return the result of a change without storing it. Raises InvalidAccount, ChangeDenied."""
        merged = self._merged(conn, row, change)
        wrong = sent_problems(change)
        if by.is_bound and not wrong:
            merged = demand_right(conn, row, change, merged, by)
        _refuse([*wrong, *merged.unsent(change), *problems(merged.after)])
        return merged

    def _merged(self, conn: Connection, row: AccountRow, change: Document) -> Merging:
        stored, sealed = store.load_settings(conn, row.key)
        lost: SecretUnreadable | None = None
        try:
            before = self.unseal(row.account, stored, sealed)
        except SecretUnreadable as error:
            before, lost = stored, error
        merged = merge(before, change)
        notify_from = merged.settings.notify_from or before.notify_from or iso(row.created_at)
        return Merging(before, replace(merged.settings, notify_from=notify_from), merged.warnings, sealed, lost)

    def _changed_row(
        self, conn: Connection, row: AccountRow, change: Document, merged: Merging, by: Changer
    ) -> store.Columns:
        name = change.get("name") or row.name
        email = change.get("email") or row.email
        values: store.Columns = {
            "name": name,
            "email": email,
            "search": store.search_text(row.account, name, email),
            "type": account_type(merged.after),
            "host": mail_host(merged.after),
            "oauth2_identity": self._free_identity(conn, row.account, merged.after, by),
            "version": row.version + 1,
        }
        if needs_new_connection(merged.before, merged.after):
            values |= _anew(row)
        return values

    def _free_identity(
        self, conn: Connection, account: str, settings: AccountSettings, by: Changer = ADMINISTRATOR
    ) -> str | None:
        identity = oauth2_identity(settings)
        holder = store.find_oauth2_identity(conn, identity) if identity else None
        if holder is not None and holder != account:
            if by.is_bound:
                # The caller must not learn which other accounts exist.
                raise ChangeDenied([Problem("oauth2.auth.user", '"oauth2.auth.user" cannot be used here')])
            raise AccountExists("Another account for the same OAuth2 user already exists", holder)
        return identity

    async def _command(self, account: str, values: Callable[[AccountRow], store.Columns]) -> None:
        def work(conn: Connection) -> None:
            row = _required(store.find_for_update(conn, account))
            store.update_row(conn, row.key, values(row))
            wake(conn, TOPIC, account)

        await self.db.write(work, turn=WriteTurn.AHEAD)


def retry_refused(conn: Connection, app: str) -> None:
    """Ask for new connections of an OAuth2 application's accounts whose sign-in was refused.

    Call it in the transaction that stores or changes the application.
    """
    for account in store.revise(conn, app, State.AUTHENTICATION_ERROR, State.CONNECT_ERROR):
        wake(conn, TOPIC, account)


def _log_moves(account: str, moved: tuple[str, ...], by: Changer) -> None:
    if moved:
        log.info("settings lead elsewhere", account=account, by=by.name, fields=moved)


def _anew(row: AccountRow) -> store.Columns:
    """Return the columns that make an account begin again. A planned pause is dropped, even after a crash."""
    return {"revision": row.revision + 1, "next_attempt": None}


def _required(row: AccountRow | None) -> AccountRow:
    if row is None:
        raise AccountNotFound
    return row


def _refuse(found: list[Problem]) -> None:
    if found:
        raise InvalidAccount(found)
