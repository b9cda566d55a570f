"""A real HTTP server with the API in front of an empty database, and a client for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import TCPConnector
from yarl import URL

from postroom.access.brake import Brake
from postroom.access.rates import Rates
from postroom.access.service import Tokens
from postroom.accounts.listing.service import AccountLists
from postroom.accounts.service import Accounts
from postroom.api.app import Api, build
from postroom.api.operation.metrics import Metrics
from postroom.api.operation.vitals import Vitals
from postroom.api.pipeline.errors import refusal
from postroom.cluster.nodes import Nodes
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LOCALHOST, LooksUp
from postroom.credentials.access_tokens import AccessTokens
from postroom.credentials.auth_server import AuthServer
from postroom.events.reader import EventReader
from postroom.figures import Figures
from postroom.mailboxes.changing.service import MailChanges
from postroom.mailboxes.downloads.service import Downloads
from postroom.mailboxes.folders.service import Folders
from postroom.mailboxes.lists.service import MessageLists
from postroom.mailboxes.quota_service import Quotas
from postroom.mailboxes.reading.service import Messages
from postroom.mailboxes.searching.service import Searches
from postroom.mailboxes.threads.service import Threads
from postroom.mailboxes.uploading.service import Uploads
from postroom.mailboxes.uploading.writing import Writing
from postroom.mailboxes.visiting import MailVisits
from postroom.oauth2.apps import Apps
from postroom.oauth2.web import WebClient
from postroom.onboarding.autoconfig.search import SearchSurroundings
from postroom.onboarding.autoconfig.service import Autoconfig
from postroom.onboarding.consent.app_check import AppCheck
from postroom.onboarding.consent.service import Consents
from postroom.onboarding.diagnosis.service import Diagnoses
from postroom.onboarding.registrations import Registrations
from postroom.onboarding.sign_in.service import SignIns
from postroom.onboarding.trial import Trials
from postroom.onboarding.verify import Verifier
from postroom.protocol_logs.recorder import Recorder
from postroom.protocol_logs.service import ProtocolLogs
from postroom.protocol_logs.taps import Taps
from postroom.server.hall import Hall, HallLimits
from postroom.server.listening import bind, by_path, serve
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.opening import Sessions
from postroom.sessions.pool import Pool
from postroom.settings import Settings
from postroom.statistics.service import Statistics
from postroom.storage.database import Database, open_database
from postroom.storage.probe import WriteProbe
from postroom.storage.sealing.secrets import SecretBox
from postroom.streaming.seats import StreamShares
from postroom.streaming.streams import Streams
from postroom.submission.accepting.service import Accepting
from postroom.submission.accepting.stored_drafts import StoredDrafts
from postroom.submission.outbox.lanes import SendingLanes
from postroom.submission.outbox.service import Outbox
from postroom.submission.submissions import Submissions
from postroom.web.app import PAGES, Site
from postroom.web.app import build as build_pages
from postroom.webhooks.delivery.egress import open_session
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.service import WebhookEndpoints
from tests.api import contract
from tests.fakes.databases import make_sqlite

TOKEN = "the operator's own token"
PATIENT = {"x-ee-timeout": "90000"}
IMAP = {
    "host": "imap.example.com",
    "port": 993,
    "secure": True,
    "auth": {"user": "user@example.com", "pass": "password"},
}
SMTP = {**IMAP, "host": "smtp.example.com", "port": 465}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Any
    text: str
    body: Any


@dataclass
class Client:
    """Asks the API as a caller would; paths are sent as they are written."""

    base: str
    session: aiohttp.ClientSession
    api: Api
    token: str | None = TOKEN
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        """The database that the API works on."""
        return self.api.nodes.db

    def as_(self, token: str | None, **extra: str) -> Client:
        """Return the same client with another token and more headers."""
        return Client(self.base, self.session, self.api, token, extra)

    async def ask(
        self, method: str, path: str, body: Any = None, *, data: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a request, `body` as JSON, `data` as it is; the answer must be as the OpenAPI document says.

        The caller is patient unless a test says otherwise: fifteen seconds are not enough for each busy machine.
        """
        sent = {
            **PATIENT,
            **({"authorization": f"Bearer {self.token}"} if self.token else {}),
            **self.extra,
            **(headers or {}),
        }
        url = URL(self.base + path, encoded=True)
        async with self.session.request(method, url, json=body, data=data, headers=sent) as response:
            text = await response.text()
            is_json = response.content_type == "application/json" and text
            answer = Answer(response.status, response.headers, text, await response.json() if is_json else None)
        contract.check(method, path, answer.status, answer.body)
        return answer

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.ask("POST", path, body, **options)

    async def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return await self.ask("PUT", path, body, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.ask("DELETE", path, **options)

    async def register(self, account: str = "user@example.com", **more: Any) -> Answer:
        """Register an account that works, with more or other fields."""
        return await self.post("/v1/account", {"account": account, "name": "John Doe", "imap": IMAP, **more})

    async def problems(self, method: str, path: str, body: Any) -> dict[str, str]:
        """Send what must be refused as invalid; return the messages by field."""
        answer = await self.ask(method, path, body)
        assert answer.status == 400, answer.text
        return {field["key"]: field["message"] for field in answer.body.get("fields", [])}


@contextlib.asynccontextmanager
async def serving(api: Api) -> AsyncIterator[str]:
    """Serve API and pages on a port of 127.0.0.1 that the system picks; yield its base URL."""
    pages = build_pages(Site(sign_ins=api.sign_ins, consents=api.registrations.consents, runtime=api.runtime))
    listener, ready = bind("127.0.0.1", 0), asyncio.Event()
    serving = serve(
        by_path(dict.fromkeys(PAGES, pages), build(api)),
        listener,
        Hall(HallLimits.of(api.settings), refusal, api.figures.count_refusal),
        bound=5.0,
        ready=ready.set,
        stopping=api.streams.close,
    )
    task = asyncio.ensure_future(serving)
    reading = asyncio.ensure_future(api.streams.run())
    await ready.wait()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        task.cancel()
        reading.cancel()
        await asyncio.wait([task, reading])
        listener.close()


def _mail_services(visits: MailVisits) -> dict[str, Any]:
    return {
        "folders": Folders(visits),
        "lists": MessageLists(visits),
        "searches": Searches(visits),
        "messages": Messages(visits),
        "downloads": Downloads(visits),
        "changes": MailChanges(visits),
        "uploads": Uploads(visits),
        "threads": Threads(visits),
    }


def _sending_services(
    visits: MailVisits, accepting: Accepting, runtime: RuntimeSettings, settings: Settings
) -> dict[str, Any]:
    db, largest = visits.db, settings.max_message_size
    return {
        "submissions": Submissions(db=db, writing=Writing(visits), accepting=accepting, largest=largest),
        "drafts": StoredDrafts(visits),
        "outbox": Outbox(db=db, runtime=runtime),
        "lanes": SendingLanes(db),
    }


def _protocol_logs(db: Database, runtime: RuntimeSettings) -> ProtocolLogs:
    recorder = Recorder(db=db, runtime=runtime, node="n1")
    return ProtocolLogs(db, runtime, Taps(db=db, runtime=runtime, keep=recorder.keep), recorder)


def make_api(
    db: Database, settings: Settings, around: SearchSurroundings | None = None, lookups: LooksUp = LOCALHOST
) -> Api:
    """Return an API over a database that is started and migrated."""
    box = SecretBox(("a secret for tests",))
    token = settings.token.get_secret_value() if settings.token else None
    tokens, runtime = Tokens(db, token), RuntimeSettings(db, box)
    accounts, apps, figures = Accounts(db, box), Apps(db, box), Figures()
    web = WebClient(partial(open_session, AddressPolicy.ANY, 5, lookups))
    lender = AuthServer(web=web, runtime=runtime)
    access = AccessTokens(db=db, accounts=accounts, apps=apps, web=web, auth_server=lender)
    consents = Consents(db=db, box=box, accounts=accounts, apps=apps, web=web, runtime=runtime, access=access)
    trials = Trials(db=db, box=box, accounts=accounts, apps=apps, web=web, access=access, auth_server=lender)
    verifier = Verifier(settings=settings, lookups=lookups)
    autoconfig = Autoconfig(settings=settings, lookups=lookups, around=around)
    events, deliveries = EventReader(db), WebhookDeliveries(db=db, box=box, runtime=runtime)
    shown: dict[str, Any] = {"figures": figures, "events": events, "nodes": Nodes(db), "deliveries": deliveries}
    shares = StreamShares(settings.streams, settings.streams_per_token)
    borrowing = Borrowing(accounts, Pool(Sessions.of(settings, lookups, tokens=access)))
    sending = _sending_services(MailVisits(borrowing), Accepting(db=db, box=box, runtime=runtime), runtime, settings)
    return Api(
        settings=settings,
        protocol_logs=_protocol_logs(db, runtime),
        version="0.0.0",
        **shown,
        tokens=tokens,
        brake=Brake(settings.wrong_token_limit),
        rates=Rates(),
        accounts=accounts,
        registrations=Registrations(accounts=accounts, consents=consents, trials=trials, verifier=verifier),
        quotas=Quotas(borrowing),
        **_mail_services(MailVisits(borrowing)),
        **sending,
        access=access,
        trials=trials,
        verifier=verifier,
        diagnoses=Diagnoses(settings=settings, lookups=lookups),
        autoconfig=autoconfig,
        sign_ins=SignIns(
            db=db,
            accounts=accounts,
            apps=apps,
            consents=consents,
            runtime=runtime,
            settings=settings,
            lookups=lookups,
            autoconfig=autoconfig,
        ),
        apps=apps,
        app_check=AppCheck(apps=apps, accounts=accounts, access=access, web=web, runtime=runtime, verifier=verifier),
        runtime=runtime,
        streams=Streams(db=db, tokens=tokens, runtime=runtime, shares=shares, version="0.0.0"),
        webhooks=WebhookEndpoints(db=db, box=box, runtime=runtime, settings=settings, lookups=lookups),
        statistics=Statistics(db),
        vitals=Vitals(events=events, probe=WriteProbe(db)),
        metrics=Metrics(accounts=AccountLists(db), outbox=sending["outbox"], version="0.0.0", **shown),
    )


@contextlib.asynccontextmanager
async def client_of(
    database_url: str,
    settings: Settings,
    around: SearchSurroundings | None = None,
    *,
    wrap: Callable[[Database], Database] = lambda db: db,
    lookups: LooksUp = LOCALHOST,
) -> AsyncIterator[Client]:
    """Open the database, serve the API over it or over what `wrap` makes of it, and yield a client."""
    await make_sqlite(database_url)
    db = wrap(open_database(database_url))
    await db.start()
    api = make_api(db, settings, around, lookups)
    try:
        async with serving(api) as base, aiohttp.ClientSession(connector=TCPConnector(limit=0)) as session:
            yield Client(base, session, api)
    finally:
        await api.quotas.borrowing.pool.close()
        await api.registrations.consents.web.close()
        await db.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The operator's settings; a test module may bring its own."""
    return Settings(token=TOKEN, data_dir=tmp_path, _env_file=None)


@pytest.fixture
async def client(sqlite_url: str, settings: Settings) -> AsyncIterator[Client]:
    """A client of the API over SQLite."""
    async with client_of(sqlite_url, settings) as made:
        yield made


@pytest.fixture
async def either_client(migrated_url: str, settings: Settings) -> AsyncIterator[Client]:
    """A client of the API over SQLite, and again over PostgreSQL."""
    async with client_of(migrated_url, settings) as made:
        yield made


@pytest.fixture
def with_settings(sqlite_url: str, tmp_path: Path) -> Callable[..., Any]:
    """`async with with_settings(max_body_size=2000) as client:`"""

    def make(**values: Any) -> Any:
        return client_of(sqlite_url, Settings(**{"token": TOKEN, "data_dir": tmp_path, "_env_file": None, **values}))

    return make
