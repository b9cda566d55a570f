"""Bounds the wait for a command's answer: a server that is silent or takes too long loses its session."""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from postroom.connections.clients.session import Session

__all__ = ["Patience", "answered", "let_go", "seen"]

T = TypeVar("T")


class Patience:
    """Ends a session whose server does not answer. Its timer is reset when the server shows activity.

    It is a timer and not a task, because every command needs one.
    """

    __slots__ = ("_active", "_loop", "_name", "_quiet", "_session", "_since", "_timer", "_total", "_unsent", "_until")

    def __init__(self, session: Session, name: str, quiet: float, total: float, since: float | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._session = session
        self._name = name
        self._quiet = quiet
        self._total = total
        self._since = since
        self._active = self._loop.time()
        self._until = (self._active if since is None else since) + total
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
        self._session.end(TimeoutError(self._too_late() if self._until <= now else self._was_quiet()))

    def _was_quiet(self) -> str:
        return f"{self._name} was not answered within {self._quiet:g} s"

    def _too_late(self) -> str:
        name = self._name
        what = (
            f"{name} was not answered" if self._since is None else f"The sign-in was not done, and {name} not answered,"
        )
        return f"{what} within {self._total:g} s"


async def answered(
    session: Session, answer: asyncio.Future[T], name: str, quiet: float, total: float, since: float | None = None
) -> T:
    """The answer. A server that is silent for `quiet` seconds, or not done within `total`, is given up.

    `since` is the start of the sign-in that the command is part of; `total` then bounds the sign-in up to this answer.
    """
    if answer.done():
        return answer.result()
    patience = Patience(session, name, quiet, total, since)
    try:
        return await answer
    finally:
        patience.end()


def let_go(answer: asyncio.Future[Any]) -> None:
    """Stop waiting for the answer: a late one is dropped, and a late error is not reported as never retrieved."""
    if not answer.cancel() and not answer.cancelled():
        answer.exception()


def seen(answer: asyncio.Future[Any]) -> None:
    """Retrieve the error, so that asyncio does not report it as never retrieved."""
    if not answer.cancelled():
        answer.exception()
