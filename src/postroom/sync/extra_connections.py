"""Connections of their own for the folders in `subconnections`: each waits for news of one folder and passes them on.

The news are only hints: the account's first connection then looks at the folder itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from postroom.accounts.journal import check_lease
from postroom.accounts.model import Lease
from postroom.connections.failures import ConnectionFailed, SignInRefused
from postroom.connections.imap_client import ImapClient
from postroom.errors import StorageFailed
from postroom.imap.commands.select import Select
from postroom.imap.errors import ImapError
from postroom.log import get_logger
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.sync import store
from postroom.sync.quirks import Quirks
from postroom.sync.watch import Requests, Waiting

log = get_logger("sync")

OpenClient = Callable[[], Awaitable[ImapClient]]
_FIRST_DELAY: Final = 2.0
_GROWTH: Final = 1.5
_LONGEST_DELAY: Final = 30.0
# Refused credentials are the first connection's matter; asking often would lock the mailbox.
_DELAY_WHEN_REFUSED: Final = 600.0


@dataclass(frozen=True, slots=True)
class Extras:
    """What the extra connections of an account need. `open_client` opens a session as the account's first one was."""

    db: Database
    lease: Lease
    settings: Settings
    requests: Requests
    quirks: Quirks
    open_client: OpenClient


async def beside(main: Awaitable[None], extras: Extras, folders: Sequence[tuple[str, bytes | str]]) -> None:
    """Run `main`, the watch of the first connection, with one more connection for each folder (path, name on the wire).

    It ends when `main` ends, with its error; trouble with an extra connection is never the account's.
    """
    if not folders:
        await main
        return
    count = _Count(extras)
    try:
        async with asyncio.TaskGroup() as group:
            for path, raw_name in folders:
                group.create_task(_keep(extras, count, path, raw_name), name=f"extra connection {path}")
            await main
    except BaseExceptionGroup as errors:
        # The first is the watch's own: the extra connections end only by being cancelled.
        raise errors.exceptions[0] from None


async def _keep(extras: Extras, count: _Count, path: str, raw_name: bytes | str) -> None:
    delay = _FIRST_DELAY
    while True:
        try:
            client = await extras.open_client()
        except SignInRefused:
            await asyncio.sleep(_DELAY_WHEN_REFUSED)
            continue
        except ConnectionFailed as error:
            log.info("extra connection failed", account=extras.lease.account, path=path, error=str(error))
        else:
            began = asyncio.get_running_loop().time()
            await _listen(extras, count, client, path, raw_name)
            lived = asyncio.get_running_loop().time() - began
            delay = _FIRST_DELAY if lived >= extras.settings.stable_after else delay
        await asyncio.sleep(delay)
        delay = min(delay * _GROWTH, _LONGEST_DELAY)


async def _listen(extras: Extras, count: _Count, client: ImapClient, path: str, raw_name: bytes | str) -> None:
    """Wait in one folder until the connection ends."""
    await count.change(1)
    waiting = Waiting(client, extras.settings, extras.quirks)
    try:
        await client.run(Select(raw_name, read_only=True))
        # What happened before the folder was open is looked at once.
        extras.requests.hint(path)
        while True:
            if await waiting.wait(extras.settings.resync_interval):
                extras.requests.hint(path)
    except (ImapError, ConnectionFailed) as error:
        log.info("extra connection ended", account=extras.lease.account, path=path, error=str(error))
    finally:
        client.close()
    await count.change(-1)


class _Count:
    """How many connections the account shows."""

    __slots__ = ("_extras", "_open")

    def __init__(self, extras: Extras) -> None:
        self._extras = extras
        self._open = 1

    async def change(self, by: int) -> None:
        """Note that a connection was opened or closed."""
        self._open += by
        lease, count = self._extras.lease, self._open

        def work(conn: sa.Connection) -> None:
            check_lease(conn, lease)
            store.note_connections(conn, lease.key, count)

        try:
            await self._extras.db.write(work)
        except StorageFailed:
            log.debug("connection count not written", account=lease.account)
