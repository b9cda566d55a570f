"""What a session is opened for: how long it may wait for its turn, and who is told of the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from postroom.accounts.settings.secret import Secret
from postroom.connections.pacing.limits import Queued
from postroom.connections.progress import Progress, unwatched
from postroom.credentials.access_tokens import Prepared
from postroom.credentials.logins import MailLogin

__all__ = ["LIVE", "PATIENCE", "Line", "Purpose", "Ready"]

PATIENCE: Final = 20.0
"""Seconds to wait for a turn at a host when somebody waits for the answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is told of the wait for a turn: `waits` is, with the reason, when it is long; `goes_on` always, after it."""

    waits: Queued
    goes_on: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ready:
    """There is something to sign in with. `refused` is the access token that was replaced for it, None at first."""

    login: MailLogin
    prepared: Prepared
    refused: Secret | None = None


async def _go_on(_ready: Ready) -> None:
    """Nobody wants to know."""


def _renew() -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Purpose:
    """`patience` are the seconds to wait for a turn at the host, None without end.

    `line` is told of that wait. `ready` is awaited whenever there are credentials, before the turn is waited for, and
    `renewing` is called when the server refused an access token and another one is about to be fetched. `progress` is
    told of each step of the connection. Errors of theirs end the opening, and come out as they are.
    """

    patience: float | None = None
    line: Line | None = None
    ready: Callable[[Ready], Awaitable[None]] = _go_on
    renewing: Callable[[], None] = _renew
    progress: Progress = unwatched


LIVE: Final = Purpose()
"""A connection that an account keeps: it waits for its turn however long that takes."""
