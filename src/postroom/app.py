"""The composition root: settings in, a running gateway out; from top to bottom it is the life of the process."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp

from postroom import __version__
from postroom.access.brake import Brake
from postroom.access.service import NewToken, Tokens
from postroom.accounts.service import Accounts
from postroom.api.app import build
from postroom.api.pipeline.access_log import logged
from postroom.api.pipeline.errors import refusal
from postroom.api.pipeline.route import Api
from postroom.api.streaming.feeds import Streams
from postroom.api.streaming.seats import Shares
from postroom.clock import now_ms
from postroom.cluster.leases import Leases, Term
from postroom.configuration.keys import SEALED
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import Names, Use
from postroom.connections.sockets.descriptors import budget_of
from postroom.credentials.access_tokens import AccessTokens
from postroom.credentials.auth_server import AuthServer
from postroom.figures import Figures
from postroom.log import get_logger
from postroom.loops import Timer, run_loop
from postroom.mailboxes.quotas import Quotas
from postroom.oauth2.apps import Apps
from postroom.oauth2.web import WebClient
from postroom.onboarding.consent.consents import Consents
from postroom.onboarding.sign_in.sign_ins import SignIns
from postroom.onboarding.trial import Trials
from postroom.onboarding.verify import Verifier, visits_of
from postroom.server.hall import Hall, Limits
from postroom.server.listening import bind, by_path, serve
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.opening import Sessions, pacing_of
from postroom.sessions.pool import Pool
from postroom.settings import Settings
from postroom.storage.database import Database, open_database
from postroom.storage.engines.lock import sole_process
from postroom.storage.files import close_to_others
from postroom.storage.opening import naming, shown
from postroom.storage.sealing.keys import open_box
from postroom.storage.sealing.secrets import KEY_FILE, SecretBox
from postroom.storage.sealing.soundness import INTERVAL, Soundness
from postroom.supervisor.backoff import RetryPlan
from postroom.supervisor.runner import Workshop
from postroom.supervisor.supervisor import Supervisor
from postroom.web.app import PAGES, Site
from postroom.web.app import build as build_pages
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.run import Webhooks
from postroom.webhooks.service import WebhookEndpoints

if TYPE_CHECKING:
    from postroom.connections.http.http_session import HttpSession

_WEB_CONNECTIONS = 20
log = get_logger("postroom")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the very first start made, for people to be shown once."""

    first_token: str | None
    key_file_made: Path | None


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that answers. `first_token` and `key_file_made` tell what the very first start made."""

    base_url: str
    first_token: str | None
    key_file_made: Path | None


async def prepare(settings: Settings) -> Prepared:
    """Do once what several workers must not do each: the newest schema, the key, the first token."""
    async with AsyncExitStack() as stack:
        key_to_make = _key_to_make(settings)
        db, _box = await open_storage(settings, stack)
        tokens = Tokens(db, settings.token.get_secret_value() if settings.token else None)
        return Prepared(await _first_token(tokens, settings), key_to_make)


async def run_gateway(
    settings: Settings,
    *,
    ready: Callable[[Running], None],
    listener: socket.socket | None = None,
    figures: Path | None = None,
) -> None:
    """Run until cancelled; `ready` is called once, when the API answers. Raises PostroomError when it cannot start.

    `listener` is a socket that several workers share; without it the one of the settings is bound. `figures` is the
    folder in which they count.
    """
    async with AsyncExitStack() as stack:
        listener = listener or bind(settings.host, settings.port)
        stack.callback(listener.close)
        key_to_make = _key_to_make(settings)
        db, box = await open_storage(settings, stack)
        accounts, apps = Accounts(db, box), Apps(db, box)
        names, web = _ways_out(settings, stack)
        runtime = RuntimeSettings(db, box, defaults={"serviceUrl": settings.service_url})
        lender = AuthServer(web, runtime)
        access = AccessTokens(db, accounts, apps, web, auth_server=lender)
        tokens = Tokens(db, settings.token.get_secret_value() if settings.token else None)
        first_token = await _first_token(tokens, settings)
        leases = Leases(db, Term(settings.heartbeat, settings.lease, settings.outage_grace))
        _sign_lines(db, leases.node)
        counted = Figures(figures)
        pacing = pacing_of(settings)
        sessions = Sessions.of(settings, names.of(Use.ACCOUNTS), pacing=pacing, tokens=access)
        supervisor = Supervisor(_workshop(settings, db, accounts, runtime, sessions, counted), leases)
        consents = Consents(db, box, accounts, apps, web, runtime, access)
        api = Api(
            db,
            settings,
            accounts,
            tokens,
            runtime,
            Verifier(settings, names.of(Use.ONBOARDING), pacing=pacing, visits=visits_of(settings)),
            WebhookEndpoints(db, box, runtime, settings, names.of(Use.WEBHOOKS)),
            WebhookDeliveries(db, box, runtime),
            __version__,
            apps,
            consents,
            Trials(db, box, accounts, apps, web, access, lender),
            SignIns(db, accounts, apps, consents, runtime, settings, names.of(Use.ONBOARDING), pacing=pacing),
            Brake(settings.wrong_token_limit),
            Streams(
                db, tokens, Shares.within(budget_of(settings).clients, settings.streams, settings.streams_per_token)
            ),
            Quotas(borrowing := Borrowing(accounts, Pool(sessions))),
            figures=counted,
            soundness=(soundness := Soundness(db, box, SEALED)),
        )
        running = Running(_base_url(settings.host, listener.getsockname()[1]), first_token, key_to_make)
        async with asyncio.TaskGroup() as group:
            webhooks = Webhooks(db, box, runtime, settings, leases.node, counted, names.of(Use.WEBHOOKS))
            _begin(group, webhooks, supervisor, api, soundness)
            group.create_task(borrowing.run(), name="lent sessions")
            await _serve(api, listener, partial(_announce, ready, running, settings, leases.node))


def _ways_out(settings: Settings, stack: AsyncExitStack) -> tuple[Names, WebClient]:
    """The look-ups of the process, and the way to authorization servers."""
    names = Names()
    stack.push_async_callback(names.close)
    web = web_client(settings, names)
    stack.push_async_callback(web.close)
    return names, web


async def _serve(api: Api, listener: socket.socket, ready: Callable[[], None]) -> None:
    settings = api.settings
    limits = replace(Limits.of(settings), connections=budget_of(settings).clients)
    hall = Hall(limits, refusal, api.figures.count_refusal)
    bound = settings.shutdown_timeout
    await serve(_application(api), listener, hall, bound=bound, ready=ready, stopping=api.streams.seats.close)


def _begin(
    group: asyncio.TaskGroup, webhooks: Webhooks, supervisor: Supervisor, api: Api, soundness: Soundness
) -> None:
    """Start all that works beside the API."""
    group.create_task(webhooks.run(), name="webhooks")
    group.create_task(supervisor.run(), name="supervisor")
    group.create_task(run_loop("stored secrets", soundness.look, Timer(), INTERVAL), name="soundness")
    group.create_task(api.brake.run(), name="wrong tokens")
    group.create_task(api.streams.run(), name="streams")


def _key_to_make(settings: Settings) -> Path | None:
    """Where the first start will make a key file, None when there is a key."""
    path = settings.data_dir / KEY_FILE
    return None if settings.secret is not None or path.exists() else path


def _sign_lines(db: Database, node: str) -> None:
    """Have each line of the log name its node, where several may write into one log: the workers of a machine."""
    if db.dialect != "sqlite":
        structlog.contextvars.bind_contextvars(node=node)


def _application(api: Api) -> ASGIApp:
    """The API and the pages for people behind one door."""
    pages = build_pages(Site(api.sign_ins, api.consents, api.runtime))
    application = by_path(dict.fromkeys(PAGES, pages), build(api))
    return logged(application, api.settings.trusted_proxies) if api.settings.access_log else application


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
    """Open the database at its newest schema and prove the key; `stack` closes it again."""
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


def web_client(settings: Settings, names: Names) -> WebClient:
    """The way to authorization servers, within the address policy; closing it is up to the caller."""
    policy = AddressPolicy(settings.host_policy)

    def open_web() -> HttpSession:
        from postroom.connections.http.http_session import open_session

        return open_session(policy, _WEB_CONNECTIONS, names.of(Use.TOKENS))

    return WebClient(open_web)


def _workshop(
    settings: Settings,
    db: Database,
    accounts: Accounts,
    runtime: RuntimeSettings,
    sessions: Sessions,
    figures: Figures,
) -> Workshop:
    return Workshop(
        db=db,
        settings=settings,
        runtime=runtime,
        sessions=sessions,
        retry=RetryPlan(settings.retry_min, settings.retry_max, settings.auth_retry_delays),
        unseal=accounts.unseal,
        clock=now_ms,
        figures=figures,
    )


async def _first_token(tokens: Tokens, settings: Settings) -> str | None:
    """Make a token when there is none at all, so that a new installation can be used; it is shown once."""
    if settings.token is not None or (await tokens.count()) > 0:
        return None
    issued = await tokens.issue(NewToken("made at the first start", scopes=("*",)))
    return issued.secret


def _base_url(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
