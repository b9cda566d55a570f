"""What the sync writes of one account, in a database in memory, with the events it would announce."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

import sqlalchemy as sa

from postroom.accounts.model import Lease
from postroom.events.types import Event
from postroom.mail.contents import Wanted
from postroom.storage.engines.sqlite_driver import SqliteDriver
from postroom.storage.schema.options import given_to_engines
from postroom.storage.statements.connection import Connection
from postroom.storage.tables import accounts, metadata
from postroom.sync import store
from postroom.sync.folder.arrivals import Arrivals
from postroom.sync.folder.folder_sync import FolderSync
from postroom.sync.folder.ledger import FolderLedger
from postroom.sync.folder.plan import Way
from postroom.sync.moves.waiting import Moves
from postroom.sync.progress import Progress
from postroom.sync.store import FolderListed
from tests.sync.model_server import RECEIVED, ModelQuestions

T = TypeVar("T")

QUIET = Wanted(text=False, text_size=0, headers=(), attachments=False, attachment_size=0)
NOTIFY_FROM = int(RECEIVED.timestamp() * 1000)


def memory_database() -> sa.Engine:
    """An empty database with every table."""
    engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    given_to_engines(metadata).create_all(engine)
    return engine


class MemoryAccount:
    """Stands where `AccountLedger` stands; `events` is what was announced, `time` the clock in milliseconds."""

    _keys = itertools.count(1)

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.events: list[Event] = []
        self.time = NOTIFY_FROM
        self.progress = Progress()
        self.indexes = False
        key = next(self._keys)
        self.lease = Lease(key, f"account{key}", "node", 1, 1)
        self.moves = Moves(self, key)
        row = {"key": key, "account": self.lease.account, "name": "", "email": "", "search": "", "type": "imap"}
        with engine.begin() as library:
            conn = Connection(SqliteDriver(library), library.dialect)
            conn.execute(sa.insert(accounts).values(**row, created_at=0, state="connected", state_since=0))

    def now(self) -> int:
        return self.time

    async def write(self, work: Callable[[Connection], tuple[T, Sequence[Event]]], *, announces: bool = False) -> T:
        with self._engine.begin() as library:
            conn = Connection(SqliteDriver(library), library.dialect)
            result, events = work(conn)
        self.events += events
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as library:
            conn = Connection(SqliteDriver(library), library.dialect)
            return work(conn)

    async def release(self) -> None:
        await self.write(lambda conn: (None, self.moves.book(conn).release()))
        self.moves.released()

    def folder(self, path: str = "INBOX") -> FolderLedger:
        """A folder as it is loaded when a connection begins; made at the first call."""
        with self._engine.begin() as library:
            conn = Connection(SqliteDriver(library), library.dialect)
            if path not in store.load(conn, self.lease.key):
                listed: FolderListed = {
                    "path": path,
                    "delimiter": "/",
                    "attributes": [],
                    "special_use": None,
                    "object_id": None,
                }
                store.insert(conn, self.lease.key, [listed])
            return FolderLedger(self, store.load(conn, self.lease.key)[path])  # type: ignore[arg-type]


def folder_sync(
    folder: FolderLedger, ask: ModelQuestions, way: Way, *, fast: bool = False, notify_from: int = NOTIFY_FROM
) -> FolderSync:
    """The sync of a folder whose server is the model."""
    arrivals = Arrivals(folder, ask, QUIET, notify_from, keeps_messages=not fast)  # type: ignore[arg-type]
    return FolderSync(folder, ask, arrivals, way, fast)  # type: ignore[arg-type]
