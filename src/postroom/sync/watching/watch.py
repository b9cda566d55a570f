"""Waits for news on a live connection by IDLE or polling, and now and then checks everything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import field
from typing import Final

from postroom.accounts.settings.values import ImapSettings
from postroom.connections.clients.imap_client import ImapClient, News
from postroom.footprint.dataclass import dataclass
from postroom.imap.commands.session import Noop
from postroom.imap.errors import CommandFailed
from postroom.sessions.quirks import GOOD, Quirks
from postroom.settings import Settings
from postroom.sync.account.engine import SyncEngine
from postroom.sync.refusals import wants_pause
from postroom.traces import UNTRACED, span

LEAST_RESYNC_DELAY: Final = 10.0
"""The shortest interval of full comparisons that an account can set, in seconds."""

_TICK: Final = 0.01
"""Seconds that a timer may seem to end early: clocks of event loops count milliseconds, and their sums are rounded."""


def own_pace(settings: Settings, imap: ImapSettings | None) -> Settings:
    """Return the settings with the account's `imap.resyncDelay` (seconds; 0 means unset) as the resync interval."""
    if imap is None or not imap.resync_delay:
        return settings
    return settings.model_copy(update={"resync_interval": max(float(imap.resync_delay), LEAST_RESYNC_DELAY)})


@dataclass(slots=True)
class Requests:
    """Requests to a running watch, made by the supervisor and the extra connections.

    `folders` are keys: an empty dict takes less memory than an empty set.
    """

    sync: bool = False
    folders: dict[str, None] = field(default_factory=dict)
    _wake: Callable[[], None] | None = None

    def ask_sync(self) -> None:
        """Ask for a sync of everything, now."""
        self.sync = True
        self._wake_up()

    def hint(self, path: str) -> None:
        """Say that something happened in a folder."""
        self.folders[path] = None
        self._wake_up()

    def on_wake(self, wake: Callable[[], None] | None) -> None:
        """Set the function that ends the watch's wait early."""
        self._wake = wake

    def take_folders(self) -> set[str]:
        """Return the folders that were hinted at since the last call."""
        taken = set(self.folders)
        self.folders.clear()
        return taken

    def _wake_up(self) -> None:
        if self._wake is not None:
            self._wake()


def _nothing() -> None:
    pass


async def watch(
    client: ImapClient,
    engine: SyncEngine,
    settings: Settings,
    requests: Requests,
    stable: Callable[[], Awaitable[None]],
    quirks: Quirks = GOOD,
    proven: Callable[[], None] = _nothing,
) -> None:
    """Announce changes until the connection ends, which raises ConnectionLost or CommandFailed.

    `stable` is called once, when the connection has lasted `settings.stable_after` seconds. `proven` is called each
    time that the server answered IDLE or NOOP and its news were followed up, because then everything is up to date.
    """
    clock = asyncio.get_running_loop().time
    stable_at: float | None = clock() + settings.stable_after
    resync_at = clock() + settings.resync_interval
    waiting = WatchPause(client, settings, quirks)
    requests.on_wake(waiting.end)
    try:
        while True:
            due = engine.seconds_until_due()
            times = [
                resync_at,
                *([stable_at] if stable_at is not None else []),
                *([clock() + due] if due is not None else []),
            ]
            news: list[News] = []
            has_answered = not (requests.sync or requests.folders)
            if has_answered:
                news = await waiting.wait(min(times) - clock())
            others = requests.take_folders() | ({engine.watched[0]} if quirks.polls_by_select else set())
            with (
                span("mailbox.news", {"account": engine.ledger.lease.account}, parent="")
                if news or others
                else UNTRACED
            ):
                await engine.heed(news, others)
            if has_answered:
                proven()
            if stable_at is not None and clock() >= stable_at:
                stable_at = None
                await stable()
            if requests.sync or clock() >= resync_at:
                requests.sync = False
                resync_at = clock() + settings.resync_interval
                await engine.sync_all()
            elif due is not None:
                await engine.do_due()
    finally:
        requests.on_wake(None)


class WatchPause:
    """The wait between two checks. If a server offers IDLE but refuses it, it is polled from then on.

    At a server that may overlook mail, IDLE is short after the open folder has grown: the next one begins with a look.
    """

    __slots__ = ("_after_mail", "_alarm", "_client", "_exists", "_grew_at", "_idles", "_longest", "_poll", "_reads_on")

    def __init__(self, client: ImapClient, settings: Settings, quirks: Quirks = GOOD) -> None:
        self._client = client
        self._idles = quirks.may_idle(client.capabilities)
        self._reads_on = quirks.reads_on_after_done
        self._longest = min(settings.idle_renewal, quirks.idle_renewal or settings.idle_renewal)
        self._poll = min(settings.poll_interval, quirks.idle_renewal or settings.poll_interval)
        self._alarm: asyncio.Event | None = None
        self._after_mail = quirks.renewal_after_mail
        # The messages of the open folder before the last IDLE, and when there were more of them than before. What is
        # there when the folder is opened counts as new, because that was a look, too.
        self._exists = -1
        self._grew_at = 0.0

    def end(self) -> None:
        """End the current wait."""
        self._client.wake()
        if self._alarm is not None:
            self._alarm.set()

    async def wait(self, longest: float) -> list[News]:
        """Wait for news, at most `longest` seconds and no longer than one renewal of IDLE or one poll."""
        if self._idles:
            try:
                return await self._client.idle(max(0.0, min(longest, self._renewal())), reads_on=self._reads_on)
            except CommandFailed as refusal:
                if refusal.status == "BYE":
                    raise
                # If the server only wants a pause, IDLE is tried again after one poll.
                self._idles = wants_pause(refusal)
        await self._pause(max(0.0, min(longest, self._poll)))
        await self._client.run(Noop())
        return self._client.take_news()

    def _renewal(self) -> float:
        """Return after how many seconds to renew the IDLE that begins now."""
        if self._after_mail is None:
            return self._longest
        now, selected = asyncio.get_running_loop().time(), self._client.selected
        before, self._exists = self._exists, selected.exists if selected is not None else 0
        if self._exists > before:
            self._grew_at = now
        left = self._grew_at + self._after_mail - now
        return min(left, self._longest) if left > _TICK else self._longest

    async def _pause(self, seconds: float) -> None:
        self._alarm = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await self._alarm.wait()
        except TimeoutError:
            pass
        finally:
            self._alarm = None
