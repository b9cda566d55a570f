"""What can happen while a message is under way, at the moment it happens: a process dies or stops, a line is cut.

Most strikes wait for the mail server: `after_the_dot` is when it has a message and has not answered it yet.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from tests.fakes.counting_smtp import CountingSmtp
from tests.fakes.fault_proxy import FaultProxy
from tests.flows.gateway import Gateway
from tests.live.postgres import Postgres

__all__ = ["LAST_WORDS", "Strikes"]

LAST_WORDS = "Hello"
"""How the text of every message ends. No other line ends with a dot."""

_PATIENCE = 30.0
_DOT = b".\r\n"


@dataclass
class Strikes:
    """All that may strike `nodes` that send through `proxy`; `times` is when each had struck, in ms since 1970.

    `asleep` are the seconds since 1970 from when to when a node slept.
    """

    nodes: Sequence[Gateway]
    server: CountingSmtp
    proxy: FaultProxy
    chance: random.Random
    postgres: Postgres | None = None
    times: list[tuple[int, str]] = field(default_factory=list)
    missed: Counter[str] = field(default_factory=Counter)
    asleep: list[tuple[float, float]] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        """How often each struck."""
        return Counter(name for _, name in self.times)

    def usual(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """The strikes that take about a second."""
        return {
            "kill -9 at RCPT": self.kill_at_rcpt,
            "kill -9 after the dot": self.kill_after_the_dot,
            "kill -9 at any moment": self.kill_at_any_moment,
            "cut before the dot": self.cut_before_the_dot,
            "cut after the dot": self.cut_after_the_dot,
            "cut within the answer": self.cut_within_the_answer,
            "cut at an octet": self.cut_at_an_octet,
            "cut at any moment": self.cut_at_any_moment,
        }

    @property
    def _end(self) -> bytes:
        """The last octets of a message: its final dot, or with chunks (RFC 3030) the last words of its text."""
        return LAST_WORDS.encode() if "CHUNKING" in self.server.extensions else _DOT

    # A process dies

    async def kill_at_rcpt(self) -> None:
        """No message can have gone to the server yet."""
        await self._killed("kill -9 at RCPT", self._at_rcpt)

    async def kill_after_the_dot(self) -> None:
        """The server has the message, and nobody will read its answer."""
        await self._killed("kill -9 after the dot", self._after_the_dot)

    async def kill_at_any_moment(self) -> None:
        """Whatever the process does."""
        await asyncio.sleep(self.chance.uniform(0.0, 0.3))
        node = self.chance.choice(self.nodes)
        os.kill(node.pid, signal.SIGKILL)
        self._note("kill -9 at any moment")
        await node.restart()

    async def _killed(self, name: str, moment: Callable[[Callable[[], None]], Awaitable[bool]]) -> None:
        node = self.chance.choice(self.nodes)
        pid = node.pid

        def strike() -> None:
            os.kill(pid, signal.SIGKILL)
            self._note(name)

        if await moment(strike):
            await node.restart()
        else:
            self.missed[name] += 1

    # A process sleeps longer than others wait for it, and wakes up

    async def sleep_after_the_dot(self, seconds: float) -> None:
        """The other node takes over meanwhile."""
        node = self.chance.choice(self.nodes)

        def strike() -> None:
            self._note("asleep after the dot")
            os.kill(node.pid, signal.SIGSTOP)

        if await self._after_the_dot(strike):
            began = time.time()
            await asyncio.sleep(seconds)
            os.kill(node.pid, signal.SIGCONT)
            self.asleep.append((began, time.time()))
        else:
            self.missed["asleep after the dot"] += 1

    # A line is cut

    async def cut_before_the_dot(self) -> None:
        """The piece with the final dot is lost."""
        losses = self.proxy.losses
        self.proxy.lose(self._end)
        await self._happens("cut before the dot", lambda: self.proxy.losses > losses)

    async def cut_after_the_dot(self) -> None:
        """The server has the message, and its answer is lost."""
        taken = self.server.messages
        self.proxy.lose_answer(self._end)
        # The proxy forgets the words when it has found them, so the next message goes its way.
        await self._happens("cut after the dot", lambda: self.server.messages > taken)
        await asyncio.sleep(0.05)

    async def cut_within_the_answer(self) -> None:
        """The first octets of the answer arrive."""

        def strike() -> None:
            self.proxy.cut_after(self.chance.randrange(1, 12))

        if await self._after_the_dot(strike):
            await asyncio.sleep(0.05)
            self._note("cut within the answer")
        else:
            self.missed["cut within the answer"] += 1

    async def cut_at_an_octet(self) -> None:
        """Anywhere from the first octet after RCPT, through the message and its final dot, to the next commands."""

        def strike() -> None:
            self.proxy.cut_after(self.chance.randrange(1, 1200), "to_server")

        if await self._at_rcpt(strike):
            # It may be an octet of the next message, which has not begun yet.
            await asyncio.sleep(0.1)
            self._note("cut at an octet")
        else:
            self.missed["cut at an octet"] += 1

    async def cut_at_any_moment(self) -> None:
        """Every line, with FIN or with RST."""
        await asyncio.sleep(self.chance.uniform(0.0, 0.3))
        self.proxy.cut(reset=self.chance.random() < 0.5)
        self._note("cut at any moment")

    # The database is away

    async def database_away(self, seconds: float) -> None:
        """PostgreSQL crashes and stays away for a while."""
        assert self.postgres is not None
        await asyncio.to_thread(self.postgres.stop, "immediate")
        self._note("PostgreSQL away")
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.postgres.start)

    # When

    async def _at_rcpt(self, strike: Callable[[], None]) -> bool:
        usual = self.server.refuse
        done = asyncio.Event()

        def refuse(recipient: str) -> str | None:
            self.server.refuse = usual
            strike()
            done.set()
            return usual(recipient)

        self.server.refuse = refuse
        try:
            return await _in_time(done)
        finally:
            self.server.refuse = usual

    async def _after_the_dot(self, strike: Callable[[], None]) -> bool:
        usual = self.server.when_taken
        done = asyncio.Event()

        def taken() -> None:
            self.server.when_taken = usual
            strike()
            done.set()

        self.server.when_taken = taken
        try:
            return await _in_time(done)
        finally:
            self.server.when_taken = usual

    async def _happens(self, name: str, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                self.missed[name] += 1
                self.proxy.heal()
                return
            await asyncio.sleep(0.002)
        self._note(name)

    def _note(self, name: str) -> None:
        self.times.append((int(time.time() * 1000), name))


async def _in_time(event: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            await event.wait()
    except TimeoutError:
        return False
    return True
