"""Starts and runs a gateway from its settings; the functions follow the life of the process."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from postroom import __version__
from postroom.access.admins.service import Admins
from postroom.access.service import NewToken, Tokens
from postroom.cluster.leases import Leases, Term
from postroom.composition.callers import admins_of
from postroom.composition.gateway import build_gateway
from postroom.composition.services import open_ground, tokens_of
from postroom.connections.sockets.descriptors import budget_of
from postroom.footprint.dataclass import dataclass
from postroom.log import get_logger, sign_lines
from postroom.server.listening import bind
from postroom.settings import Settings
from postroom.storage.database import Database, open_database
from postroom.storage.engines.lock import sole_process
from postroom.storage.files import close_to_others
from postroom.storage.opening import naming, shown
from postroom.storage.sealing.keys import open_box
from postroom.storage.sealing.secrets import KEY_FILE, SecretBox
from postroom.traces import begin

log = get_logger("postroom")


@dataclass(frozen=True, slots=True)
class FirstStart:
    """What the first start made, to be shown to people once."""

    first_token: str | None
    key_file_made: Path | None
    dashboard_code: str | None = None


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that answers. `first_token`, `key_file_made` and `dashboard_code` are set when this start made them."""

    base_url: str
    first_token: str | None
    key_file_made: Path | None
    dashboard_code: str | None = None


async def prepare(settings: Settings) -> FirstStart:
    """Migrate the schema, make the key and the first token. This runs once, before several workers start."""
    async with AsyncExitStack() as stack:
        key_to_make = _key_to_make(settings)
        db, box = await open_storage(settings, stack)
        first_token = await _first_token(tokens_of(settings, db), settings)
        return FirstStart(first_token, key_to_make, await _open_dashboard(admins_of(db, box), settings))


async def run_gateway(
    settings: Settings,
    *,
    ready: Callable[[Running], None],
    listener: socket.socket | None = None,
    figures: Path | None = None,
) -> None:
    """Run until cancelled. Call `ready` once the API answers. Raises PostroomError when the gateway cannot start.

    `listener` is a socket shared by several workers; without it the address in the settings is bound. `figures` is the
    folder in which the workers keep their counters.
    """
    async with AsyncExitStack() as stack:
        listener = listener or bind(settings.host, settings.port)
        stack.callback(listener.close)
        key_to_make = _key_to_make(settings)
        db, box = await open_storage(settings, stack)
        first_token = await _first_token(tokens_of(settings, db), settings)
        code = await _open_dashboard(admins_of(db, box), settings)
        leases = Leases(db, Term(settings.heartbeat, settings.lease, settings.outage_grace))
        _sign_lines(db, leases.node)
        gateway = build_gateway(open_ground(settings, db, box, figures, stack), leases)
        stack.push_async_callback(gateway.close)
        if settings.traces:
            stack.callback(begin(__version__))
        running = Running(_base_url(settings.host, listener.getsockname()[1]), first_token, key_to_make, code)
        async with asyncio.TaskGroup() as group:
            gateway.begin(group)
            await gateway.serve(listener, partial(_announce, ready, running, settings, leases.node))


def _key_to_make(settings: Settings) -> Path | None:
    """Return where the first start will make a key file, None when there is a key."""
    path = settings.data_dir / KEY_FILE
    return None if settings.secret is not None or path.exists() else path


def _sign_lines(db: Database, node: str) -> None:
    """Add the node to each line of the log, because the workers of one machine may share a log."""
    if db.dialect != "sqlite":
        sign_lines(node=node)


def _announce(ready: Callable[[Running], None], running: Running, settings: Settings, node: str) -> None:
    url, budget = settings.resolved_database_url, budget_of(settings)
    log.info(
        f"Postroom is ready at {running.base_url}",
        version=__version__,
        database=shown(url),
        engine=url.partition(":")[0],
        node=node,
        workers=settings.workers,
        pid=os.getpid(),
        open_files=budget.limit,
        mail_connections=budget.connections,
    )
    ready(running)


async def open_storage(settings: Settings, stack: AsyncExitStack) -> tuple[Database, SecretBox]:
    """Open the database, migrate its schema and check that the key opens it. `stack` closes it again."""
    url = settings.resolved_database_url
    with naming(url):
        stack.enter_context(sole_process(url))
    if settings.sqlite_file is not None:
        close_to_others(settings.sqlite_file)
    previous = tuple(secret.get_secret_value() for secret in settings.previous_secrets)
    secret = settings.secret.get_secret_value() if settings.secret else None
    with naming(url):
        db = open_database(url)
        await db.start()
        stack.push_async_callback(db.close)
        await db.migrate()
        return db, await open_box(db, settings.data_dir, secret, previous)


async def _first_token(tokens: Tokens, settings: Settings) -> str | None:
    """Make the first token of a new installation and return it, to be shown once; None if there is a token."""
    if settings.token is not None or (await tokens.count()) > 0:
        return None
    issued = await tokens.issue(NewToken("made at the first start", scopes=("*",)))
    return issued.secret


async def _open_dashboard(admins: Admins, settings: Settings) -> str | None:
    """Set the password of the dashboard from the settings, or return the code of its first visit, to be shown once."""
    if not settings.dashboard:
        return None
    if settings.admin_password is not None:
        await admins.adopt(settings.admin_password.get_secret_value())
        return None
    return await admins.first_code()


def _base_url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
