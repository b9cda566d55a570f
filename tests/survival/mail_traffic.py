"""Mail that keeps coming: known messages for many accounts, and other mail programs at work in a few of them."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.mailserver import Postman, user
from tests.flows.second_client import SecondClient
from tests.live.dovecot import Dovecot


class MailTraffic:
    """Delivers to the accounts 0 to `quiet` - 1 and changes what is in the `busy` accounts after them.

    `sent` holds the subjects of what each account was sent. Nobody touches those messages afterwards, so each must be
    announced exactly once.
    """

    def __init__(self, dovecot: Dovecot, *, quiet: int, busy: int, rate: float) -> None:
        self.sent: dict[int, set[str]] = defaultdict(set)
        self._quiet = quiet
        self._pause = 1 / rate
        self._postman = Postman(dovecot)
        self._chance = random.Random()
        self._subjects = itertools.count(1)
        self.others = {
            number: SecondClient(dovecot, user(number), random.Random(), changes_folders=False)
            for number in range(quiet, quiet + busy)
        }

    @asynccontextmanager
    async def flowing(self) -> AsyncIterator[None]:
        """Let mail come and go until the end of the block; what was begun is done then."""
        end = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._deliver(end))
            for other in self.others.values():
                group.create_task(self._change(other, end))
            try:
                yield
            finally:
                end.set()

    def deliver(self, number: int) -> None:
        """Put one message into the account's INBOX."""
        subject = f"proof-{next(self._subjects)}"
        self._postman.deliver(number, subject)
        self.sent[number].add(subject)

    def close(self) -> None:
        """Sign the other mail programs out."""
        for other in self.others.values():
            other.close()

    async def _deliver(self, end: asyncio.Event) -> None:
        while not await _waited(end, self._pause):
            self.deliver(self._chance.randrange(self._quiet))

    async def _change(self, other: SecondClient, end: asyncio.Event) -> None:
        while not await _waited(end, self._chance.uniform(0.1, 0.9)):
            await asyncio.to_thread(other.act)


async def _waited(end: asyncio.Event, seconds: float) -> bool:
    """Wait for the end, at most so long; say whether it came."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await end.wait()
    return end.is_set()
