"""Hints that work is due, published when a transaction commits. Loops wait for them, and poll in case one is missed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable

from postroom.storage.statements.connection import Connection, Wakeup


def wake(conn: Connection, topic: str, key: str = "") -> None:
    """Wake the waiters of `topic` once the transaction of `conn` has committed.

    `key` says what changed, such as an account id. Waiters receive the set of keys since their last wait.
    """
    conn.wakes.append((topic, key))


def take_pending(conn: Connection) -> list[Wakeup]:
    """Return and clear the wake-ups requested on this connection. The database calls it around each piece of work."""
    pending, conn.wakes = conn.wakes, []
    return pending


class Waiter:
    """One waiting loop. It collects keys between waits, so that no hint is lost while the loop is busy."""

    __slots__ = ("_keys", "_wait")

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._wait: asyncio.Future[None] | None = None

    def hint(self, key: str) -> None:
        """Record that `key` changed."""
        self._keys.add(key)
        if self._wait is not None:
            _end(self._wait)

    async def wait(self, timeout: float) -> set[str]:
        """Wait for a hint, at most `timeout` seconds; returns the hinted keys, empty on timeout."""
        if not self._keys:
            # A future and a timer: `asyncio.timeout` takes several times as long, and each message has several waits.
            loop = asyncio.get_running_loop()
            self._wait = loop.create_future()
            timer = loop.call_later(timeout, _end, self._wait)
            try:
                await self._wait
            finally:
                timer.cancel()
                self._wait = None
        return self.take()

    def take(self) -> set[str]:
        """Return the hinted keys since the last call, without waiting. A hint without a key counts as `""`."""
        keys, self._keys = self._keys, set()
        return keys


def _end(wait: asyncio.Future[None]) -> None:
    if not wait.done():
        wait.set_result(None)


class Wakeups:
    """The waiters of this process, by topic. `counted` is called with the topic of each hint that comes."""

    def __init__(self) -> None:
        self.counted: Callable[[str], None] | None = None
        self._waiters: dict[str, list[Waiter]] = defaultdict(list)

    def subscribe(self, topic: str) -> Waiter:
        """Return a new waiter on `topic`, which is one word; it lives until `unsubscribe`."""
        waiter = Waiter()
        self.enlist(topic, waiter)
        return waiter

    def enlist(self, topic: str, waiter: Waiter) -> None:
        """Let a waiter be hinted about `topic` too, until `unsubscribe`."""
        # PostgreSQL carries a topic and its key as one text, with a space between them.
        if " " in topic:
            raise ValueError(f"the topic {topic!r} would never be heard on PostgreSQL")
        self._waiters[topic].append(waiter)

    def unsubscribe(self, topic: str, waiter: Waiter) -> None:
        """Remove a waiter."""
        self._waiters[topic].remove(waiter)

    def publish(self, pending: Iterable[Wakeup]) -> None:
        """Hint all waiters of each (topic, key). Call it on the event loop's thread."""
        for topic, key in pending:
            if self.counted is not None:
                self.counted(topic)
            for waiter in self._waiters.get(topic, ()):
                waiter.hint(key)
