"""One account in a real database, synced over a real connection, step by step under the test's own clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
import sqlalchemy as sa

from postroom.accounts.model import Lease
from postroom.accounts.settings.reading import settings_of
from postroom.clock import iso, now_ms
from postroom.configuration.keys import Snapshot
from postroom.connections.clients.imap_client import ImapClient, SignIn, open_imap
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.sockets.endpoint import Endpoint
from postroom.connections.timeouts import Timeouts
from postroom.imap.commands.session import Noop
from postroom.imap.credentials import Credentials
from postroom.sessions.quirks import GOOD, Quirks
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import account_status, accounts, events, mailbox_chunks, mailboxes
from postroom.sync.account.engine import Surroundings, SyncEngine
from postroom.sync.early_text import EarlyText
from postroom.sync.store import note_progress
from tests.fakes.databases import opened

_HOUR = 3_600_000


def letter(subject: str) -> bytes:
    """A message with nothing in it but its subject."""
    return f"From: a@example.test\r\nSubject: {subject}\r\n\r\nhello\r\n".encode()


@dataclass
class LiveAccount:
    """`document` and `settings` are what the account and the operator have set; `time` is the clock in milliseconds.

    `options` are settings of the process that differ from the usual ones.
    """

    db: Database
    host: str
    port: int
    user: str
    document: dict[str, Any]
    settings: Snapshot = field(default_factory=lambda: Snapshot("secret", notify_text=False))
    quirks: Quirks = GOOD
    options: dict[str, Any] = field(default_factory=dict)
    time: int = field(default_factory=now_ms)
    key: int = 0
    timed: list[tuple[str, float]] = field(default_factory=list)
    early: EarlyText = field(default_factory=EarlyText)

    # The connection.

    @asynccontextmanager
    async def connected(self, *, begin: bool = True) -> AsyncIterator[LiveSession]:
        """A session whose engine has begun."""
        endpoint = Endpoint(self.host, self.port, tls="none-ok", allow_plaintext=True, verify=False)
        sign_in = SignIn(Credentials(user=self.user, password="pass"), enable=("CONDSTORE", "QRESYNC"))
        client = await open_imap(endpoint, sign_in, Timeouts(command=5.0), lookups=LOCALHOST)
        try:
            session = LiveSession(self, client, self.engine(client))
            if begin:
                # The runner writes the result together with the next state.
                shown = await session.engine.begin()
                await self.db.write(partial(note_progress, account_key=self.key, progress=shown))
            yield session
        finally:
            await client.logout(1.0)

    def engine(self, client: ImapClient) -> SyncEngine:
        """An engine that goes on where the last one was."""

        async def read_settings() -> Snapshot:
            return self.settings

        around = Surroundings(
            self.db,
            Settings(_env_file=None, **self.options),
            read_settings,
            lambda: self.time,
            lambda *told: self.timed.append(told),
            early=self.early,
        )
        return SyncEngine(around, Lease(self.key, "a", "node", 1, 1), client, settings_of(self.document), self.quirks)

    # What is stored.

    async def events(self, *names: str) -> list[dict[str, Any]]:
        """Everything announced so far, or what has one of these names."""
        query = sa.select(events.c.payload).where(events.c.account_key == self.key).order_by(events.c.seq)
        found = [orjson.loads(each) for each in await self.db.read(lambda conn: conn.execute(query).scalars())]
        return [each for each in found if not names or each["event"] in names]

    async def names(self) -> list[str]:
        """The names of everything announced so far."""
        return [each["event"] for each in await self.events()]

    async def subjects(self) -> list[str]:
        """The subjects of the messages announced so far."""
        return [each["data"]["subject"] for each in await self.events("messageNew")]

    async def folder(self, path: str = "INBOX") -> dict[str, Any]:
        """The stored row of a folder."""
        query = sa.select(mailboxes).where(mailboxes.c.account_key == self.key, mailboxes.c.path == path)
        return dict((await self.db.read(lambda conn: conn.execute(query).one()))._asdict())

    async def progress(self) -> dict[str, Any]:
        """What the account shows as `sync`."""
        query = sa.select(account_status.c.sync).where(account_status.c.account_key == self.key)
        return dict(await self.db.read(lambda conn: conn.execute(query).scalar_one()))

    async def set_initialized(self) -> None:
        """Note that the account has been synced once, as its runner does."""
        await self.db.write(lambda conn: conn.execute(sa.update(account_status).values(initialized=True)) and None)

    async def lose(self, *, folders: bool) -> None:
        """Lose what is stored: the folders with all that belongs to them, or their messages alone."""
        table = mailboxes if folders else mailbox_chunks
        await self.db.write(lambda conn: conn.execute(sa.delete(table)) and None)


@dataclass
class LiveSession:
    """One connection of the account."""

    account: LiveAccount
    client: ImapClient
    engine: SyncEngine

    async def look(self) -> None:
        """Let the server tell its news, and follow them up."""
        await self.client.run(Noop())
        await self.engine.heed(self.client.take_news())

    async def later(self, seconds: float) -> None:
        """Let time pass, and do what is due then."""
        self.account.time += int(seconds * 1000)
        await self.engine.do_due()


@asynccontextmanager
async def live_account(url: str, server: Any, user: str = "u", **document: Any) -> AsyncIterator[LiveAccount]:
    """An account at `server`, registered an hour ago unless `document` has another `notifyFrom`."""
    async with opened(url) as db:
        account = LiveAccount(db, server.host, server.port, user, {"notifyFrom": iso(now_ms() - _HOUR), **document})
        account.key = await db.write(_register)
        yield account


def _register(conn: Connection) -> int:
    row = {"account": "a", "name": "", "email": "", "search": "", "type": "imap", "created_at": 0, "epoch": 1}
    insert = sa.insert(accounts).values(**row, state="syncing", state_since=0, owner="node").returning(accounts.c.key)
    key = int(conn.execute(insert).scalar_one())
    conn.execute(sa.insert(account_status).values(account_key=key))
    return key
