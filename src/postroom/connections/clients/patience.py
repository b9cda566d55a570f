"""Bounds the wait for a command's answer: a server that is silent or takes too long loses its session."""

from __future__ import annotations

import asyncio

from postroom.connections.clients.session import Session

__all__ = ["Patience"]


class Patience:
    """Ends a session whose server does not answer. Its timer is reset when the server shows activity.

    It is a timer and not a task, because every command needs one.
    """

    __slots__ = ("_active", "_loop", "_quiet", "_session", "_timer", "_too_late", "_unsent", "_until", "_was_quiet")

    def __init__(self, session: Session, name: str, quiet: float, total: float, since: float | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._session = session
        self._quiet = quiet
        self._active = self._loop.time()
        self._until = (self._active if since is None else since) + total
        self._was_quiet = f"{name} was not answered within {quiet:g} s"
        what = f"{name} was not answered" if since is None else f"The sign-in was not done, and {name} not answered,"
        self._too_late = f"{what} within {total:g} s"
        self._unsent = session.unsent
        self._timer = self._loop.call_at(min(self._active + quiet, self._until), self._look)

    def end(self) -> None:
        """Stop, because the answer has come or nobody waits for it any more."""
        self._timer.cancel()

    def _look(self) -> None:
        now = self._loop.time()
        self._active = max(self._active, self._session.heard)
        if self._session.unsent < self._unsent:
            # During a long upload the server is active as long as it takes our data.
            self._active, self._unsent = now, self._session.unsent
        until = min(self._active + self._quiet, self._until)
        if until > now:
            self._timer = self._loop.call_at(until, self._look)
            return
        self._session.end(TimeoutError(self._too_late if self._until <= now else self._was_quiet))
