"""Waits for news on a live connection: IDLE, or polling where there is no IDLE; re-reads everything now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from postroom.connections.imap_client import ImapClient, News
from postroom.imap.capabilities import supports
from postroom.imap.commands.session import Noop
from postroom.imap.errors import CommandFailed
from postroom.imap.responses import ExistsData
from postroom.settings import Settings
from postroom.sync.engine import SyncEngine


@dataclass(slots=True)
class Requests:
    """What others ask of a running watch: set by the supervisor, taken by the watch."""

    sync: bool = False
    _wake: Callable[[], None] | None = None

    def ask_sync(self) -> None:
        """Ask for a sync of everything, now."""
        self.sync = True
        if self._wake is not None:
            self._wake()

    def on_wake(self, wake: Callable[[], None] | None) -> None:
        """Set what ends the watch's wait early."""
        self._wake = wake


async def watch(
    client: ImapClient,
    engine: SyncEngine,
    settings: Settings,
    requests: Requests,
    stable: Callable[[], Awaitable[None]],
) -> None:
    """Announce what arrives until the connection ends, which raises ConnectionLost or CommandFailed.

    `stable` is called once, when the connection has lived for `settings.stable_after` seconds.
    """
    clock = asyncio.get_running_loop().time
    stable_at: float | None = clock() + settings.stable_after
    resync_at = clock() + settings.resync_interval
    waiting = _Waiting(client, settings)
    requests.on_wake(waiting.end)
    try:
        while True:
            deadline = min(resync_at, stable_at) if stable_at is not None else resync_at
            news = await waiting.wait(deadline - clock())
            if any(isinstance(each, ExistsData) for each in news):
                await engine.announce_new()
            if stable_at is not None and clock() >= stable_at:
                stable_at = None
                await stable()
            if requests.sync or clock() >= resync_at:
                requests.sync = False
                resync_at = clock() + settings.resync_interval
                await engine.refresh_folders()
                await engine.announce_new()
    finally:
        requests.on_wake(None)


class _Waiting:
    """The wait between two syncs. A server that refuses IDLE although it offers it is polled from then on."""

    __slots__ = ("_alarm", "_client", "_idles", "_settings")

    def __init__(self, client: ImapClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._idles = supports(client.capabilities, "IDLE")
        self._alarm: asyncio.Event | None = None

    def end(self) -> None:
        """End the wait that is going on."""
        self._client.wake()
        if self._alarm is not None:
            self._alarm.set()

    async def wait(self, longest: float) -> list[News]:
        """Wait for news, at most `longest` seconds and not beyond one renewal of IDLE or one poll."""
        if self._idles:
            try:
                return await self._client.idle(max(0.0, min(longest, self._settings.idle_renewal)))
            except CommandFailed as refusal:
                if refusal.status == "BYE":
                    raise
                self._idles = False
        await self._pause(max(0.0, min(longest, self._settings.poll_interval)))
        await self._client.run(Noop())
        return self._client.take_news()

    async def _pause(self, seconds: float) -> None:
        self._alarm = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await self._alarm.wait()
        except TimeoutError:
            pass
        finally:
            self._alarm = None
