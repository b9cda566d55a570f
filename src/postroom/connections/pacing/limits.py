"""Paces sign-ins: hosts share the slots fairly, slow hosts do not block others, and a host can be paused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from postroom.connections.failures import SILENCE, ConnectionFailed, Failure, SignInRefused, no_turn
from postroom.connections.hosts.checked_host import one_spelling
from postroom.connections.pacing.shares import Shares
from postroom.connections.pacing.turns import Cause, Outcome, Turn, Turns
from postroom.log import get_logger

__all__ = ["LONG_WAIT", "TAKES_LONG", "HeldPlace", "Queued", "SignInPacing"]

TAKES_LONG: Final = 3.0
"""Seconds after which a sign-in gives up its slot to others. Ordinary sign-ins take a tenth of that."""

LONG_WAIT: Final = 5.0
"""Seconds after which the reason for a sign-in's wait is reported."""

Queued = Callable[[str], Awaitable[None]]
"""Called with the reason, in words, why a turn has not come."""

_SHORTEST_PAUSE: Final = 5.0
_TOLD_EVERY: Final = 60.0
log = get_logger("pacing")


class HeldPlace:
    """A sign-in's slot at the host and its connection; the connection may outlive the sign-in."""

    __slots__ = ("_ended", "stays")

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self.stays = False

    def keep(self) -> Callable[[], None]:
        """Keep the connection; returns a function to call once when it is closed."""
        self.stays = True
        return self._ended


class SignInPacing:
    """Slots for sign-ins, so that a restart with thousands of accounts of one provider does not flood it.

    `turns.py` decides who is next. A sign-in that takes long gives its slot to others. So a host that is slow to greet,
    or sends remarks without end, delays only its own accounts. A host that refused for a reason that concerns all its
    accounts (`Failure.host_wide`) gets no sign-ins for a while: as long as it asked, doubled each time in a row, at
    most 5 minutes. With `takes_long` None, every slot is held to the end.
    """

    def __init__(
        self,
        shares: Shares,
        *,
        takes_long: float | None = TAKES_LONG,
        long_wait: float = LONG_WAIT,
    ) -> None:
        self._turns = Turns(shares)
        self._takes_long = takes_long
        self._long_wait = long_wait
        self._waiters: dict[Turn, asyncio.Future[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._silent_until = 0.0

    @property
    def active(self) -> int:
        """The number of sign-ins in progress."""
        return self._turns.active

    @property
    def connections(self) -> int:
        """The number of connections that are open or being opened."""
        return self._turns.connections

    @property
    def most_connections(self) -> int | None:
        """The most connections that accounts may have open, None for no limit."""
        return self._turns.shares.connections

    @property
    def is_full(self) -> bool:
        """Whether accounts must wait until a connection ends."""
        return not self._turns.shares.fits(self._turns.connections, urgent=False)

    def waiting(self, host: str) -> int:
        """How many sign-ins wait for a slot at this host."""
        return self._turns.waiting(one_spelling(host))

    def waiting_by_cause(self) -> dict[str, int]:
        """How many sign-ins wait for a slot, by the name of the reason."""
        return {cause.value: number for cause, number in self._turns.causes().items()}

    @asynccontextmanager
    async def sign_in(
        self, host: str, patience: float | None = None, queued: Queued | None = None
    ) -> AsyncIterator[HeldPlace]:
        """Hold a slot at the host for the block, which should be one `open_imap` or `open_smtp`.

        `patience` is the longest wait for the slot in seconds; when it is set, a person is taken to be waiting.
        `queued` is called once with the reason when the wait is long. Raises ConnectionFailed when the patience ends.
        """
        name = one_spelling(host)
        turn = await self._acquire(name, patience, queued)
        place = HeldPlace(self._connection_ended)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._takes_long, self._leave_slot, turn) if self._takes_long is not None else None
        outcome = Outcome.OTHER
        try:
            yield place
        except (ConnectionFailed, SignInRefused) as error:
            outcome = _outcome(error.failure)
            if error.failure.host_wide:
                self.pause(name, error.failure.retry_after or _SHORTEST_PAUSE)
            raise
        else:
            outcome = Outcome.ANSWERED
            self._turns.end_of_pauses(name)
        finally:
            if timer is not None:
                timer.cancel()
            self._turns.finish(turn, outcome, loop.time(), stays=place.stays)
            self._grant()

    def pause(self, host: str, seconds: float) -> None:
        """Start no sign-ins at this host for `seconds`, doubled for each pause since the last success."""
        self._turns.pause(one_spelling(host), seconds, asyncio.get_running_loop().time())
        self._grant()

    async def _acquire(self, name: str, patience: float | None, queued: Queued | None) -> Turn:
        loop = asyncio.get_running_loop()
        turn = self._turns.ask(name, loop.time(), urgent=patience is not None)
        self._waiters[turn] = loop.create_future()
        self._grant()
        try:
            async with asyncio.timeout(patience):
                await self._wait(turn, queued)
        except TimeoutError:
            raise ConnectionFailed(self._no_turn(turn, patience or 0.0)) from None
        return turn

    async def _wait(self, turn: Turn, queued: Queued | None) -> None:
        waiter = self._waiters[turn]
        try:
            if queued is not None and not waiter.done():
                await asyncio.wait([waiter], timeout=self._long_wait)
                if not waiter.done():
                    await queued(self._why(turn))
            await waiter
        except BaseException:
            del self._waiters[turn]
            if turn.waits:
                self._turns.withdraw(turn)
            else:
                # The slot was granted at the same moment as the cancellation.
                self._turns.finish(turn, Outcome.OTHER, asyncio.get_running_loop().time())
            self._grant()
            raise
        del self._waiters[turn]

    def _leave_slot(self, turn: Turn) -> None:
        self._turns.takes_long(turn)
        self._grant()

    def _connection_ended(self) -> None:
        self._turns.connection_ended()
        self._grant()

    def _grant(self) -> None:
        loop = asyncio.get_running_loop()
        for turn in self._turns.grant(loop.time()):
            waiter = self._waiters[turn]
            if not waiter.done():
                waiter.set_result(None)
        self._tell_when_full()
        if self._timer is not None:
            self._timer.cancel()
        end = self._turns.next_end_of_pause()
        self._timer = loop.call_at(end, self._grant) if end is not None else None

    def _tell_when_full(self) -> None:
        now, limit = asyncio.get_running_loop().time(), self._turns.shares.connections
        if limit is None or self._turns.connections < limit or not self._turns.in_line or now < self._silent_until:
            return
        self._silent_until = now + _TOLD_EVERY
        log.warning(
            "the limit of open files is reached: accounts wait until others end",
            connections=self._turns.connections,
            waiting=self._turns.in_line,
            advice="Raise the limit (LimitNOFILE=, ulimit -Hn), or add workers or nodes.",
        )

    def _why(self, turn: Turn) -> str:
        """The reason, in words, why a turn has not come."""
        name, ahead = turn.host.name, self._turns.ahead(turn)
        line = f"; before it in line: {ahead}" if ahead else ""
        match self._turns.cause(turn):
            case Cause.PAUSED:
                seconds = self._turns.paused_for(name, asyncio.get_running_loop().time())
                return f"waiting: {name} turned sign-ins away and is left alone for another {seconds:.0f} s{line}"
            case Cause.CONNECTIONS:
                limit = self._turns.shares.connections
                return f"waiting: the limit of open files allows {limit} connections here, and all are in use"
            case Cause.SILENT_HOST:
                return f"waiting for a turn to sign in: {name} was silent lately, so few sign-ins are tried there{line}"
            case Cause.BUSY_HOST:
                return f"waiting for a turn to sign in: as many sign-ins as allowed are in progress at {name}{line}"
            case Cause.BUSY_PROCESS:
                return (
                    f"waiting for a turn to sign in at {name}: too many sign-ins are in progress at other hosts{line}"
                )

    def _no_turn(self, turn: Turn, waited: float) -> Failure:
        name = turn.host.name
        match self._turns.cause(turn):
            case Cause.CONNECTIONS:
                why = "All connections that the limit of open files allows are in use"
            case Cause.SILENT_HOST:
                why = f"{name} was silent lately, so few sign-ins are tried there"
            case _:
                why = "Many sign-ins are in progress"
        return no_turn(name, waited, self._turns.paused_for(name, asyncio.get_running_loop().time()), why)


def _outcome(failure: Failure) -> Outcome:
    if failure.status is not None:
        return Outcome.ANSWERED
    return Outcome.SILENT if failure.code in SILENCE else Outcome.OTHER
