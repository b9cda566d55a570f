"""This node's right to run accounts: a heartbeat row that the others watch, given up before they may take over."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import Awaitable, Callable
from functools import partial

import sqlalchemy as sa

from postroom import __version__
from postroom.errors import StorageUnavailable
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.supervisor import store

log = get_logger("leases")

HEARTBEAT = 5.0
TTL = 15.0


class Leases:
    """Membership of one node. `held` is False while its right to run accounts is in doubt.

    `heartbeat` is how often it is renewed, `ttl` after how long without it the others take the accounts, both in
    seconds. A node that cannot renew stops its own runners about one heartbeat before that.
    """

    def __init__(self, db: Database, *, heartbeat: float = HEARTBEAT, ttl: float = TTL) -> None:
        self.node = f"{socket.gethostname()}-{secrets.token_hex(4)}"
        self.held = False
        self._heartbeat = heartbeat
        self._ttl = ttl
        self._db = db
        self._single = db.dialect == "sqlite"

    async def enter(self) -> None:
        """Join; on SQLite, where a file lock keeps others out, every account is free from the start."""
        await self._db.write(self._enter)
        self.held = True

    def _enter(self, conn: sa.Connection) -> None:
        if self._single:
            store.free_all(conn)
        store.enter(conn, self.node, socket.gethostname(), __version__)

    async def leave(self) -> None:
        """Give every account back. A database that is away is no obstacle: the row dies by itself."""
        self.held = False
        try:
            await self._db.write(partial(store.leave, node=self.node))
        except StorageUnavailable as error:
            log.warning("could not sign off from the cluster", error=error.message)

    async def keep(self, stop_all: Callable[[], Awaitable[None]]) -> None:
        """Renew the heartbeat for ever, and bury nodes that did not. `stop_all` is called when the right is lost."""
        clock = asyncio.get_running_loop().time
        renewed = clock()
        while True:
            await asyncio.sleep(self._heartbeat if self.held else min(self._heartbeat, 1.0))
            began = clock()
            alive = await self._renew()
            if alive:
                renewed, self.held = began, True
            elif self.held and (
                alive is False or (not self._single and clock() - renewed > self._ttl - self._heartbeat)
            ):
                log.error("the right to run accounts is lost; stopping them", node=self.node)
                self.held = False
                await stop_all()
            if alive is False:
                await self._rejoin()

    async def _renew(self) -> bool | None:
        """True when renewed, False when declared dead by others, None when the database did not answer."""

        def work(conn: sa.Connection) -> bool:
            if not store.beat(conn, self.node):
                return False
            if not self._single:
                store.bury_dead(conn, int(self._ttl * 1000))
            return True

        try:
            async with asyncio.timeout(self._heartbeat):
                return await self._db.write(work)
        except (StorageUnavailable, TimeoutError):
            return None

    async def _rejoin(self) -> None:
        try:
            await self.enter()
        except StorageUnavailable:
            log.warning("could not join the cluster again; trying further")
