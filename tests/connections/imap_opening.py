"""Opening IMAP sessions in tests: a client from one line, with short time limits, and the verdict when it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

import pytest

from postroom.connections.clients.imap_client import Credentials, ImapClient, SignIn, open_imap
from postroom.connections.failures import ConnectionFailed, Failure, SignInRefused
from postroom.connections.hosts.names import LOCALHOST, LooksUp
from postroom.connections.sockets.endpoint import Endpoint, TlsMode
from postroom.connections.timeouts import Timeouts

REFUSALS: tuple[type[ConnectionFailed | SignInRefused], ...] = (ConnectionFailed, SignInRefused)
PROMPT = 10.0
"""Seconds that a busy machine may need for what takes none, and less than any of the default time limits."""
QUICK = Timeouts(connect=5.0, tls=1.0, greeting=1.0, command=2.0, command_total=3.0, idle_end=1.0)


class Server(Protocol):
    """Whatever listens."""

    host: str
    port: int


def endpoint_of(server: Server, tls: TlsMode = "none-ok", **more: Any) -> Endpoint:
    """The server as an endpoint."""
    return replace(Endpoint("localhost", server.port, tls), **more)


@asynccontextmanager
async def signed_in(
    endpoint: Endpoint,
    user: str = "u1",
    password: str = "pass",
    timeouts: Timeouts = QUICK,
    lookups: LooksUp = LOCALHOST,
    **more: Any,
) -> AsyncIterator[ImapClient]:
    """An open session, closed in the end."""
    client = await open_imap(endpoint, SignIn(Credentials(user, password), **more), timeouts, lookups=lookups)
    try:
        yield client
    finally:
        client.close()


async def failure_of(
    endpoint: Endpoint, user: str = "u1", password: str = "pass", timeouts: Timeouts = QUICK, **more: Any
) -> Failure:
    """The verdict on a session that cannot be opened."""
    with pytest.raises(REFUSALS) as caught:
        await open_imap(endpoint, SignIn(Credentials(user, password)), timeouts, **{"lookups": LOCALHOST, **more})
    return caught.value.failure
