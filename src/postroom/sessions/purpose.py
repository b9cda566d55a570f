"""The purpose of a session: how long it may wait for its turn, and who follows the steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from postroom.accounts.settings.secret import Secret
from postroom.connections.pacing.limits import Queued
from postroom.connections.progress import Progress, unwatched
from postroom.connections.sockets.endpoint import Endpoint
from postroom.credentials.access_tokens import Prepared
from postroom.credentials.logins import MailLogin
from postroom.footprint.dataclass import dataclass

__all__ = ["LIVE", "PATIENCE", "Line", "Purpose", "Ready"]

PATIENCE: Final = 20.0
"""Seconds to wait for a turn at a host when a caller waits for the answer."""


@dataclass(frozen=True, slots=True)
class Line:
    """Callbacks for the wait for a turn: `waits` with the reason of a long wait, and `goes_on` after every wait."""

    waits: Queued
    goes_on: Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Ready:
    """The credentials are there. `refused` is the access token that they replace, None at first."""

    login: MailLogin
    prepared: Prepared
    refused: Secret | None = None


async def _go_on(_ready: Ready) -> None:
    """Ignore it."""


def _renew() -> None:
    """Ignore it."""


def _same(endpoint: Endpoint) -> Endpoint:
    return endpoint


@dataclass(frozen=True, slots=True)
class Purpose:
    """`patience` are the seconds to wait for a turn at the host; None means without limit.

    `line` is told of that wait. `ready` is awaited whenever credentials are there, before the wait for a turn.
    `way` returns the endpoint to connect to, for example by another proxy than the account's.
    `renewing` is called before a refused access token is replaced. `progress` is told of each step of the connection.
    An error of a callback ends the opening and is raised unchanged.
    """

    patience: float | None = None
    line: Line | None = None
    ready: Callable[[Ready], Awaitable[None]] = _go_on
    renewing: Callable[[], None] = _renew
    progress: Progress = unwatched
    way: Callable[[Endpoint], Endpoint] = _same


LIVE: Final = Purpose()
"""For a connection that an account keeps: it waits for its turn without limit."""
