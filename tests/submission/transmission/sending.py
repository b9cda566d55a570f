"""Connections that send, for accounts of a test."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from postroom.accounts.service import Accounts
from postroom.connections.pacing.limits import SignInPacing
from postroom.storage.database import Database
from postroom.submission.transmission.connections import SendingConnections
from postroom.submission.transmission.parcel import Carried
from tests.sessions.conftest import sessions_of
from tests.submission.transmission.parcels import PATIENT, Wish
from tests.supervisor.conftest import access_tokens

__all__ = ["send", "sending", "smtp_body"]


def smtp_body(port: int, **more: Any) -> dict[str, Any]:
    """The body of a registration with a server of this machine."""
    auth = {"user": "ada", "pass": "pass"}
    return {"name": "A", "email": "a@example.test", "smtp": {"host": "127.0.0.1", "port": port, "auth": auth}, **more}


@asynccontextmanager
async def sending(
    db: Database, accounts: Accounts, pacing: SignInPacing | None = None, **more: Any
) -> AsyncIterator[SendingConnections]:
    """Connections that are tended for the block."""
    tokens = access_tokens(db)
    made = SendingConnections(sessions_of(pacing, tokens=tokens), accounts, **{"times": PATIENT, **more})
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await tokens.close()


async def send(connections: SendingConnections, account: str = "a", wish: Wish | None = None) -> Carried:
    """Take a connection, carry one parcel, and give it back."""
    connection = await connections.take(account)
    try:
        return await connection.carry((wish or Wish()).parcel)
    finally:
        await connections.give_back(connection)
