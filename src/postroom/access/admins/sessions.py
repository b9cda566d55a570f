"""The sessions of browsers: opened, recognised by their cookie, listed, ended. A session is one row."""

from __future__ import annotations

import hashlib
import secrets as random
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Final

from postroom.access.admins import store
from postroom.access.admins.delays import FORGOTTEN_MS
from postroom.access.admins.model import AdminSession, Browser, OpenedSession, Way
from postroom.clock import now_ms
from postroom.errors import StorageFailed
from postroom.log import get_logger
from postroom.storage.database import Database
from postroom.storage.statements.connection import Connection

__all__ = ["IDLE_MS", "LIFE_MS", "AdminSessions", "open_in"]

IDLE_MS: Final = 12 * 3_600_000
"""A session that is not used for this long ends."""

LIFE_MS: Final = 7 * 24 * 3_600_000
"""A session ends after this long, whether it is used or not."""

_NOTED_EVERY_MS: Final = 60_000
_COOKIE_BYTES: Final = 32
_LONGEST_AGENT: Final = 300
log = get_logger("dashboard")


def open_in(conn: Connection, name: str, way: str, browser: Browser, now: int, cookie: str) -> AdminSession:
    """Store a new session under a fresh cookie, and forget old sessions and attempts."""
    session = AdminSession(session_id(cookie), name, way, now, now, browser.address, browser.agent[:_LONGEST_AGENT])
    store.forget(conn, now - LIFE_MS, now - FORGOTTEN_MS)
    store.add_session(conn, session)
    return session


def new_cookie() -> str:
    """Return the text of a new cookie: 256 bits."""
    return random.token_urlsafe(_COOKIE_BYTES)


def session_id(cookie: str) -> str:
    """Return the id of the session with this cookie."""
    return hashlib.sha256(cookie.encode(errors="replace")).hexdigest()


class AdminSessions:
    """The sessions of one installation, in the database. Ids are hashes of cookies."""

    def __init__(self, db: Database, clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self._clock = clock

    async def open(self, name: str, way: Way, browser: Browser) -> OpenedSession:
        """Open a session for somebody who has proved who they are."""
        now, cookie = self._clock(), new_cookie()
        session = await self._db.write(lambda conn: open_in(conn, name, way, browser, now, cookie))
        return OpenedSession(session, cookie)

    async def recognise(self, cookie: str, *, is_use: bool = True) -> AdminSession | None:
        """Return the session with this cookie, None when there is none or it has ended. Raises StorageUnavailable.

        `is_use` says whether a person asks. What a page loads by itself must not keep its session alive.
        """
        now, id_ = self._clock(), session_id(cookie)
        found = await self._db.read(lambda conn: store.session(conn, id_, now - LIFE_MS, now - IDLE_MS))
        if is_use and found is not None and now - found.used_at >= _NOTED_EVERY_MS:
            await self._note(id_, now)
        return found

    async def all(self) -> list[AdminSession]:
        """Return all sessions; those used last come first."""
        now = self._clock()
        return await self._db.read(lambda conn: store.sessions(conn, now - LIFE_MS, now - IDLE_MS))

    async def gone(self, ids: Collection[str]) -> set[str]:
        """Return which of these sessions have ended. For long-lived connections, which do not count as use."""
        now, asked = self._clock(), list(ids)
        if not asked:
            return set()
        live = await self._db.read(lambda conn: store.live(conn, asked, now - LIFE_MS, now - IDLE_MS))
        return set(asked) - live

    async def end(self, id_: str, *, by: str) -> bool:
        """End a session; return whether there was one. `by` is who wants it, for the log."""
        was_there = await self._db.write(lambda conn: store.end_session(conn, id_))
        if was_there:
            log.info("a session of the dashboard was ended", by=by)
        return was_there

    async def end_others(self, id_: str, *, by: str) -> int:
        """End all sessions but this one; return how many there were. `by` is who wants it, for the log."""
        count = await self._db.write(lambda conn: store.end_sessions(conn, id_))
        log.info("the other sessions of the dashboard were ended", by=by, count=count)
        return count

    async def _note(self, id_: str, now: int) -> None:
        # The database may be readable and not writable; a page that only reads must still come.
        with suppress(StorageFailed):
            await self._db.write(lambda conn: store.touch(conn, [id_], now))
