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

    __slots__ = ("_event", "_keys")

    def __init__(self) -> None:
        self._event = asyncio.Event()
        self._keys: set[str] = set()

    def hint(self, key: str) -> None:
        """Record that `key` changed."""
        self._keys.add(key)
        self._event.set()

    async def wait(self, timeout: float) -> set[str]:
        """Wait for a hint, at most `timeout` seconds; returns the hinted keys, empty on timeout."""
        if not self._event.is_set():
            try:
                async with asyncio.timeout(timeout):
                    await self._event.wait()
            except TimeoutError:
                return set()
        return self.take()

    def take(self) -> set[str]:
        """Return the hinted keys since the last call, without waiting. A hint without a key counts as `""`."""
        self._event.clear()
        keys, self._keys = self._keys, set()
        return keys


class Wakeups:
    """The waiters of this process, by topic. `counted` is called with the topic of each hint that comes."""

    def __init__(self) -> None:
        self.counted: Callable[[str], None] | None = None
        self._waiters: dict[str, list[Waiter]] = defaultdict(list)

    def subscribe(self, topic: str) -> Waiter:
        """Return a new waiter on `topic`, which is one word; it lives until `unsubscribe`."""
        # PostgreSQL carries a topic and its key as one text, with a space between them.
        if " " in topic:
            raise ValueError(f"the topic {topic!r} would never be heard on PostgreSQL")
        waiter = Waiter()
        self._waiters[topic].append(waiter)
        return waiter

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
