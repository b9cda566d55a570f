"""Accounts of an empty database, and a supervisor that runs them against whatever server they name."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from postroom.accounts.service import Accounts
from postroom.clock import now_ms
from postroom.cluster.leases import Leases, Term
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST
from postroom.connections.pacing.limits import SignInPacing
from postroom.connections.pacing.shares import Shares
from postroom.connections.timeouts import Timeouts
from postroom.credentials.access_tokens import AccessTokens
from postroom.credentials.auth_server import AuthServer
from postroom.figures import Figures
from postroom.oauth2.apps import Apps
from postroom.oauth2.web import WebClient
from postroom.sessions.opening import Sessions
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.sealing.secrets import SecretBox
from postroom.supervisor.backoff import RetryPlan
from postroom.supervisor.runner import Workshop
from postroom.supervisor.supervisor import Supervisor
from postroom.webhooks.delivery.egress import open_session

BOX = SecretBox(("a secret for tests",))
Supervised = Callable[[Database], AbstractAsyncContextManager[Supervisor]]


def imap_body(port: int, user: str = "u1", password: str = "pass") -> dict[str, Any]:
    """The body of a registration at a server on this machine."""
    auth = {"user": user, "pass": password}
    return {"name": "N", "imap": {"host": "127.0.0.1", "port": port, "secure": False, "auth": auth}}


@pytest.fixture
def accounts(db: Database) -> Accounts:
    return Accounts(db, BOX)


def access_tokens(database: Database, clock: Callable[[], int] = now_ms) -> AccessTokens:
    """The access tokens of a node; nothing is asked before a token is due."""
    web = WebClient(partial(open_session, AddressPolicy.ANY, 5, LOCALHOST), timeout=20)
    lender = AuthServer(web=web, runtime=RuntimeSettings(database, BOX))
    return AccessTokens(
        db=database,
        accounts=Accounts(database, BOX),
        apps=Apps(database, BOX),
        web=web,
        clock=clock,
        auth_server=lender,
    )


def workshop(database: Database, tokens: AccessTokens | None = None) -> Workshop:
    settings = Settings(stable_after=1000, retry_min=0.05, retry_max=0.2, auth_retry_delays=(0.2,))
    return Workshop(
        db=database,
        settings=settings,
        runtime=RuntimeSettings(database, BOX),
        sessions=Sessions(
            pacing=SignInPacing(Shares(10, 20)),
            timeouts=Timeouts(connect=10, tls=10, greeting=10, command=10, command_total=20, idle_end=5),
            policy=AddressPolicy.ANY,
            client_id={"name": "Postroom"},
            lookups=LOCALHOST,
            ca_file=settings.ca_file,
            tokens=tokens or access_tokens(database),
        ),
        retry=RetryPlan(settings.retry_min, settings.retry_max, settings.auth_retry_delays),
        unseal=Accounts(database, BOX).unseal,
        clock=now_ms,
        figures=Figures(),
    )


@asynccontextmanager
async def supervised(
    database: Database, leases: Leases | None = None, tokens: AccessTokens | None = None, **changes: Any
) -> AsyncIterator[Supervisor]:
    """Run a supervisor for the block; afterwards it has signed out everywhere.

    `changes` are of its workshop, or of how it opens sessions.
    """
    shop = workshop(database, tokens)
    of_sessions = {name: changes.pop(name) for name in list(changes) if name in Sessions.__slots__}
    shop = replace(shop, sessions=replace(shop.sessions, **of_sessions), **changes)
    supervisor = Supervisor(shop=shop, leases=leases or Leases(database, Term(heartbeat=0.2, ttl=0.8)))
    task = asyncio.get_running_loop().create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        assert shop.sessions.tokens is not None
        await shop.sessions.tokens.close()
