"""This node's right to run accounts: it renews a heartbeat row, and gives the right up before others may take over."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Awaitable, Callable
from functools import partial

from postroom import __version__
from postroom.cluster import heartbeat_store as store
from postroom.cluster.load import LoadMeter
from postroom.cluster.node import NodeLoad
from postroom.errors import StorageFailed
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger
from postroom.loops import run_once
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection
from postroom.storage.turns import WriteTurn

log = get_logger("leases")

HEARTBEAT = 2.5
TTL = 10.0
OUTAGE_GRACE = 120.0
# Seconds after which a heartbeat of unknown outcome is tried again.
_AGAIN = 1.0
# The last part of the lease. In it a node no longer relies on its right, well before others may take its accounts.
_MARGIN = 0.3


@dataclass(frozen=True, slots=True)
class Term:
    """Times of a lease, in seconds.

    The node renews its lease every `heartbeat`. Other nodes take its accounts `ttl` after the last renewal. `grace` is
    how long connections are kept while the database does not answer: usually no other node can reach it either, and
    if one can, this node stops after that time.
    """

    heartbeat: float = HEARTBEAT
    ttl: float = TTL
    grace: float = OUTAGE_GRACE

    @property
    def safe(self) -> float:
        """Seconds after the last heartbeat for which the node may rely on its lease."""
        return self.ttl * (1 - _MARGIN)

    @property
    def comeback(self) -> float:
        """Seconds after an outage in which every live node renews: an attempt that hung, a pause, another attempt."""
        return min(self.ttl, 2 * self.heartbeat + _AGAIN)


class Leases:
    """Membership of one node. While its right to run accounts is in doubt, `held` is False and it claims none.

    Accounts that still run then do no harm, because every write names its epoch. `runners` returns how many accounts
    the node runs, `claiming` whether a claim is under way, `counted` what else its load consists of.
    """

    def __init__(self, db: Database, term: Term | None = None) -> None:
        self.node = f"{socket.gethostname()}-{secrets.token_hex(4)}"
        self.held = False
        self.runners: Callable[[], int] = lambda: 0
        self.claiming: Callable[[], bool] = lambda: False
        self.counted: Callable[[], NodeLoad] = NodeLoad
        self._term = term or Term()
        self._db = db
        self._single = db.dialect == "sqlite"
        self._meter = LoadMeter()
        self._may_bury_at = 0.0
        self._renewed_at = 0.0
        self._draining = False

    async def enter(self) -> None:
        """Join the cluster. On SQLite a file lock keeps others out, so every account is freed first."""
        self._wait_before_burying()
        self._renewed_at = asyncio.get_running_loop().time()
        await self._db.write(self._enter, turn=WriteTurn.VITAL)
        self.held = True
        log.info("node joined", node=self.node)

    def _enter(self, conn: Connection) -> None:
        if self._single:
            store.free_all(conn)
        store.enter(conn, self.node, socket.gethostname(), __version__, draining=self._draining)

    async def leave(self) -> None:
        """Free every account of this node. If the database fails, the lease runs out by itself."""
        self.held = False
        if await run_once("signing off", lambda: self._db.write(partial(store.leave, node=self.node))):
            log.info("node left, its accounts are free", node=self.node)
        else:
            log.warning("could not sign off from the cluster", node=self.node)

    async def bury(self, _hints: set[str]) -> float | None:
        """Declare nodes dead whose lease ran out; return the seconds until the next look.

        This is separate from the heartbeat, because freeing the accounts of a large node may take longer.
        """
        if not self._single and self._may_bury():
            # Nearly always all are alive, and a read costs a third of a transaction.
            silent = await self._db.read(partial(store.silent, ttl_ms=self._ttl_ms, by=self.node))
            for dead in await self._db.write(self._bury) if silent else ():
                log.warning("node is gone, its accounts are free for the others", gone=dead, node=self.node)
        return min(self._term.heartbeat, _AGAIN)

    def _bury(self, conn: Connection) -> list[str]:
        # Check again, because the write may have waited through an outage.
        return store.bury_dead(conn, self._ttl_ms, self.node) if self._may_bury() else []

    @property
    def _ttl_ms(self) -> int:
        return int(self._term.ttl * 1000)

    def _may_bury(self) -> bool:
        now = asyncio.get_running_loop().time()
        # A node that was suspended must renew its own lease first.
        return self.held and now - self._renewed_at < self._term.safe and now >= self._may_bury_at

    async def keep(self, stop_all: Callable[[], Awaitable[None]]) -> None:
        """Renew the heartbeat until cancelled. `stop_all` is called when the lease is lost."""
        clock, term = asyncio.get_running_loop().time, self._term
        stopped = False
        self._renewed_at = clock()
        pause = term.heartbeat
        while True:
            await asyncio.sleep(pause)
            began = clock()
            alive = await self._renew()
            pause = term.heartbeat if alive else min(term.heartbeat, _AGAIN)
            if alive:
                if began - self._renewed_at > term.safe:
                    log.info("the database answers again; accounts go on", node=self.node)
                    self._wait_before_burying()
                self._renewed_at, stopped, self.held = began, False, True
                continue
            away = clock() - self._renewed_at
            if self.held and not self._single and away > term.safe - term.heartbeat:
                log.error("the database does not answer; accounts rest until it does", node=self.node)
                self.held = False
            if alive is False or (away > term.grace and not self._single and not stopped):
                log.error("other nodes may have taken the accounts over; stopping them here", node=self.node)
                self.held, stopped = False, True
                await stop_all()
            if alive is False:
                await self._rejoin()

    async def _renew(self) -> bool | None:
        """Return True when renewed, False when declared dead by others, None when the database did not answer."""
        if not self.held:
            # The other nodes may not have been able to renew either, so they get time to do so.
            self._wait_before_burying()
        load: NodeLoad = {**self._meter.read(self.runners()), **self.counted()}

        def work(conn: Connection) -> bool:
            # Ask as late as possible. While a claim runs, the number that it writes is newer than `runners`.
            draining = store.beat(conn, self.node, None if self.claiming() else self.runners(), load)
            if draining is None:
                return False
            self._draining = draining
            return True

        alive: bool | None = None

        async def renew() -> None:
            nonlocal alive
            try:
                async with asyncio.timeout(self._term.heartbeat):
                    alive = await self._db.write(work, turn=WriteTurn.VITAL)
            except (StorageFailed, TimeoutError):
                alive = None

        # An unexpected error of the database only means that this heartbeat was not renewed.
        await run_once("heartbeat", renew)
        return alive

    def _wait_before_burying(self) -> None:
        self._may_bury_at = asyncio.get_running_loop().time() + self._term.comeback

    async def _rejoin(self) -> None:
        if not await run_once("joining the cluster again", self.enter):
            log.warning("could not join the cluster again; trying further", node=self.node)
