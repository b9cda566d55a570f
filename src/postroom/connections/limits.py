"""How many sign-ins may be in progress: per host and in this process, fair between hosts, with pauses on demand."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from postroom.connections.failures import LONGEST_BACKOFF, ConnectionFailed, SignInRefused, no_turn

__all__ = ["SignInPacing"]

_SHORTEST_PAUSE: Final = 5.0


class _Host:
    """One host's sign-ins: how many are in progress, who waits, until when nobody may start."""

    __slots__ = ("active", "paused_until", "pauses", "waiting")

    def __init__(self) -> None:
        self.active = 0
        self.waiting: deque[asyncio.Future[None]] = deque()
        self.paused_until = 0.0
        self.pauses = 0


class SignInPacing:
    """Slots for sign-ins, so that a restart with thousands of accounts of one provider does not storm it.

    Within a host the order is first come, first served; free slots go round the hosts that wait. A host that turned
    somebody away for reasons that concern everybody (`Failure.host_wide`) gets no sign-ins for a while: for as long
    as it asked, doubled each time in a row, 5 minutes at most.
    """

    def __init__(self, per_host: int, total: int) -> None:
        self._per_host = per_host
        self._total = total
        self._active = 0
        # Hosts in the order of their turn; one with nothing in progress, waiting or paused is forgotten.
        self._hosts: dict[str, _Host] = {}
        self._timer: asyncio.TimerHandle | None = None

    @property
    def active(self) -> int:
        """Sign-ins in progress."""
        return self._active

    def waiting(self, host: str) -> int:
        """How many sign-ins wait for a slot of this host."""
        found = self._hosts.get(host.lower())
        return len(found.waiting) if found is not None else 0

    @asynccontextmanager
    async def sign_in(self, host: str, patience: float | None = None) -> AsyncIterator[None]:
        """Hold a slot of the host for the block, which should be one `open_imap` or `check_smtp`.

        `patience` are the seconds to wait for it at most. Raises ConnectionFailed when they are over.
        """
        name = host.lower()
        await self._acquire(name, patience)
        try:
            yield
        except (ConnectionFailed, SignInRefused) as error:
            if error.failure.host_wide:
                self.pause(name, error.failure.retry_after or _SHORTEST_PAUSE)
            raise
        else:
            self._hosts[name].pauses = 0
        finally:
            self._release(name)

    def pause(self, host: str, seconds: float) -> None:
        """Start no sign-ins at this host for some time: `seconds`, doubled for each pause since the last success."""
        found = self._hosts.setdefault(host.lower(), _Host())
        now = asyncio.get_running_loop().time()
        if found.paused_until > now:
            # The sign-ins that were in progress when the host complained complain once together.
            return
        found.paused_until = now + min(seconds * 2**found.pauses, LONGEST_BACKOFF)
        found.pauses = min(found.pauses + 1, 10)
        self._grant()

    async def _acquire(self, name: str, patience: float | None) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._hosts.setdefault(name, _Host()).waiting.append(turn)
        self._grant()
        try:
            async with asyncio.timeout(patience):
                await self._wait(turn, name)
        except TimeoutError:
            found = self._hosts.get(name)
            paused_for = found.paused_until - asyncio.get_running_loop().time() if found is not None else 0.0
            raise ConnectionFailed(no_turn(name, patience or 0.0, paused_for)) from None

    async def _wait(self, turn: asyncio.Future[None], name: str) -> None:
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # The slot was granted in the moment of the cancellation.
                self._release(name)
            raise

    def _release(self, name: str) -> None:
        self._active -= 1
        self._hosts[name].active -= 1
        self._grant()

    def _grant(self) -> None:
        """Hand free slots to the hosts in turn, one each, until there are no slots or no takers."""
        now = asyncio.get_running_loop().time()
        granted = True
        while granted and self._active < self._total:
            granted = False
            for name in list(self._hosts):
                if self._active < self._total and self._grant_one(name, now):
                    granted = True
        self._forget_quiet_hosts(now)
        self._wake_after_pauses(now)

    def _grant_one(self, name: str, now: float) -> bool:
        host = self._hosts[name]
        while host.waiting and host.waiting[0].done():
            # Cancelled while it waited.
            host.waiting.popleft()
        if not host.waiting or host.active >= self._per_host or host.paused_until > now:
            return False
        host.waiting.popleft().set_result(None)
        host.active += 1
        self._active += 1
        # To the end of the round.
        self._hosts[name] = self._hosts.pop(name)
        return True

    def _forget_quiet_hosts(self, now: float) -> None:
        for name, host in list(self._hosts.items()):
            if not host.active and not host.waiting and host.paused_until + LONGEST_BACKOFF <= now and not host.pauses:
                del self._hosts[name]

    def _wake_after_pauses(self, now: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        ends = [host.paused_until for host in self._hosts.values() if host.waiting and host.paused_until > now]
        if ends:
            self._timer = asyncio.get_running_loop().call_at(min(ends), self._grant)
