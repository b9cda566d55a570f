"""Counts attempts to sign in, in the database, so that they count for all processes together.

An attempt counts as failed before it is looked at. So of many at the same time, over any number of connections and
processes, only those pass that the delays allow.
"""

from __future__ import annotations

from postroom.access.admins import store
from postroom.access.admins.delays import FORGOTTEN_MS, origins, wait_ms
from postroom.access.admins.model import Browser, TooManyAttempts
from postroom.access.admins.store import Attempted
from postroom.access.brake import sender
from postroom.storage.statements.connection import Connection

__all__ = ["count", "forgive", "too_many"]

_SECOND = 1000


def count(conn: Connection, browser: Browser, now: int) -> int:
    """Count an attempt; return 0 when it may be looked at, else the milliseconds to wait; then it does not count."""
    # In one order for all, so that two transactions do not wait for one another.
    known = {origin: store.attempted(conn, origin, now) for origin in sorted(_origins(browser))}
    wait = max(0, *(each.next_at - now for each in known.values()))
    if wait:
        return wait
    for origin, before in known.items():
        failures = 1 if before.last_at < now - FORGOTTEN_MS else before.failures + 1
        next_wait = wait_ms(origin, failures)
        store.count_attempt(conn, origin, Attempted(failures, now + next_wait if next_wait else 0, now))
    return 0


def forgive(conn: Connection, browser: Browser) -> None:
    """Forget the failures of a browser that has proved who it is. Those of everyone stay, but this was none."""
    for origin in sorted(_origins(browser)):
        if origin == "everyone":
            store.uncount(conn, origin)
        else:
            store.forgive(conn, [origin])


def too_many(wait: int) -> TooManyAttempts:
    """Return the error of an attempt that must wait, in milliseconds."""
    seconds = -(-wait // _SECOND)
    return TooManyAttempts(
        f"There were failed attempts to sign in before this one. Wait {seconds} s, then try again.", retry_after=seconds
    )


def _origins(browser: Browser) -> tuple[str, ...]:
    return origins(browser, sender(browser.address))
