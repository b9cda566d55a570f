"""Writes what the taps tell to the database, in batches, and keeps each account's log within its bounds."""

from __future__ import annotations

import asyncio
import secrets as random
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import partial
from typing import Final

from postroom.clock import now_ms
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.transcripts.tap import SpokenLine
from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.loops import Timer, run_loop
from postroom.protocol_logs import piece_store
from postroom.protocol_logs.pieces import LogPiece, begun, longer, written
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn

__all__ = ["KEPT_MS", "MOST_OCTETS", "MOST_WAITING", "Recorder"]

MOST_OCTETS: Final = 8 * 1024 * 1024
"""Octets of one account that are kept, however many lines are allowed."""

KEPT_MS: Final = 7 * 86_400_000
"""Milliseconds after which lines are dropped, also of an account that has no log any more."""

MOST_WAITING: Final = 20_000
"""Lines that may wait for the database. Further ones are counted and lost."""

_OPEN: Final = 200
"""Accounts whose unfinished piece is kept in memory, so that the next lines are added to it."""

_GATHER: Final = 0.5
_HOUR: Final = 3600.0
_ID_BYTES: Final = 4
log = get_logger("protocol logs")


class _Gathering:
    """Sleeps until there are lines, then a moment longer, so that a batch has more than one."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    async def wait(self, timeout: float) -> set[str]:
        try:
            async with asyncio.timeout(timeout):
                await self.event.wait()
        except TimeoutError:
            return set()
        await asyncio.sleep(_GATHER)
        return set()


@dataclass(slots=True)
class _Growth:
    """New lines of one account, the time of the last one, and the piece that they are added to."""

    piece: LogPiece | None
    lines: list[str] = field(default_factory=list)
    until: int = 0


class Recorder:
    """The protocol logs that this process writes. `node` is in each of their lines."""

    def __init__(
        self, *, db: Database, runtime: RuntimeSettings, node: str = "", clock: Callable[[], int] = now_ms
    ) -> None:
        self._db = db
        self._runtime = runtime
        self._node = node
        self._clock = clock
        self._waiting: list[SpokenLine] = []
        self._lost = self._made = 0
        self._open: OrderedDict[str, LogPiece] = OrderedDict()
        self._there = _Gathering()
        self._writing = asyncio.Lock()

    def keep(self, line: SpokenLine) -> None:
        """Take a line, which is stored within a second. Never blocks, never fails."""
        if len(self._waiting) >= MOST_WAITING:
            self._lost += 1
            return
        self._waiting.append(line)
        self._there.event.set()

    async def run(self) -> None:
        """Write and prune until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(run_loop("protocol logs", self._write, self._there, _HOUR))
            group.create_task(run_loop("old protocol logs", self._prune, Timer(), _HOUR))

    async def close(self) -> None:
        """Write what the last sessions said while they ended. Call it after them."""
        try:
            await self.flush()
        except StorageFailed as error:
            log.debug("the last lines of protocol logs are lost", error=error.message)

    async def flush(self) -> None:
        """Store what has been kept up to now. Raises StorageFailed; the lines then wait for the next time."""
        async with self._writing:
            self._there.event.clear()
            if self._waiting:
                lines, self._waiting = self._waiting, []
                await self._flush(lines)

    async def _write(self, _hints: set[str]) -> None:
        await self.flush()

    async def _flush(self, lines: list[SpokenLine]) -> None:
        try:
            most = (await self._runtime.get()).logs.max_log_lines
            grown = self._grown(lines)
            # A piece is written as a whole, so a write whose outcome is unknown may be repeated.
            done = await self._db.write(partial(self._store, grown, most), turn=WriteTurn.PATIENT)
        except BaseException:
            self._waiting = (lines + self._waiting)[:MOST_WAITING]
            self._there.event.set()
            raise
        if self._lost:
            log.warning("lines of protocol logs are lost: the database was too slow", lines=self._lost)
            self._lost = 0
        for account in grown:
            self._remember(account, done.get(account))

    def _grown(self, lines: list[SpokenLine]) -> dict[str, _Growth]:
        grown: dict[str, _Growth] = {}
        for line in lines:
            growth = grown.setdefault(line.account, _Growth(self._open.get(line.account)))
            growth.lines.append(written(line, self._node))
            growth.until = max(growth.until, line.at)
        return grown

    def _store(self, grown: Mapping[str, _Growth], most: int, conn: Connection) -> dict[str, LogPiece]:
        keys = piece_store.keys_of(conn, grown.keys())
        done: dict[str, LogPiece] = {}
        for account, growth in grown.items():
            key, piece = keys.get(account), growth.piece
            if key is None:
                continue
            if piece is None or not piece_store.is_there(conn, key, piece.id):
                # It is the first one, or the log was cleared meanwhile. Pieces of one moment stay in order.
                self._made += 1
                piece = begun(growth.until, f"{self._made:09d}-{random.token_hex(_ID_BYTES)}")
            done[account] = longer(piece, growth.lines, growth.until)
            piece_store.put(conn, key, done[account])
            piece_store.trim(conn, key, most_lines=most, most_octets=MOST_OCTETS)
        return done

    def _remember(self, account: str, piece: LogPiece | None) -> None:
        self._open.pop(account, None)
        if piece is not None and not piece.is_full:
            self._open[account] = piece
        while len(self._open) > _OPEN:
            self._open.popitem(last=False)

    async def _prune(self, _hints: set[str]) -> None:
        before = self._clock() - KEPT_MS
        await self._db.write(partial(piece_store.prune, before=before), turn=WriteTurn.PATIENT)
