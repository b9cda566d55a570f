"""Builds the gateway: every service is made here, once, from the services that it names."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from postroom import __version__
from postroom.access.brake import Brake
from postroom.access.rates import Rates
from postroom.access.service import Tokens
from postroom.accounts.service import Accounts
from postroom.api.app import build
from postroom.api.operation.metrics import Metrics
from postroom.api.operation.vitals import Vitals
from postroom.api.pipeline.access_log import logged
from postroom.api.pipeline.errors import refusal
from postroom.api.pipeline.route import Api
from postroom.api.streaming.seats import StreamShares
from postroom.api.streaming.streams import Streams
from postroom.clock import now_ms
from postroom.cluster.leases import Leases
from postroom.cluster.nodes import Nodes
from postroom.configuration.keys import SEALED
from postroom.configuration.runtime import RuntimeSettings
from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.names import LookupUse, Names
from postroom.connections.sockets.descriptors import budget_of
from postroom.credentials.access_tokens import AccessTokens
from postroom.credentials.auth_server import AuthServer
from postroom.events.reader import EventReader
from postroom.figures import Figures
from postroom.loops import Timer, run_loop
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
from postroom.onboarding.autoconfig.service import Autoconfig
from postroom.onboarding.consent.app_check import AppCheck
from postroom.onboarding.consent.service import Consents
from postroom.onboarding.diagnosis.service import Diagnoses
from postroom.onboarding.registrations import Registrations
from postroom.onboarding.sign_in.service import SignIns
from postroom.onboarding.trial import Trials
from postroom.onboarding.verify import Verifier, visits_of
from postroom.server.hall import Hall, HallLimits
from postroom.server.listening import by_path, serve
from postroom.sessions.borrowing import Borrowing
from postroom.sessions.opening import Sessions, pacing_of
from postroom.sessions.pool import Pool
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.probe import WriteProbe
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.sealing.soundness import INTERVAL, Soundness
from postroom.submission.accepting.service import Accepting
from postroom.submission.accepting.stored_drafts import StoredDrafts
from postroom.submission.copy_wishes import CopyWishes
from postroom.submission.outbox.lanes import SendingLanes
from postroom.submission.outbox.service import Outbox
from postroom.submission.run import Sending
from postroom.submission.submissions import Submissions
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything that runs in one process."""

    api: Api
    site: Site
    supervisor: Supervisor
    webhooks: Webhooks
    sending: Sending
    soundness: Soundness
    borrowing: Borrowing

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Start the background tasks."""
        look = partial(run_loop, "stored secrets", self.soundness.look, Timer(), INTERVAL)
        group.create_task(self.webhooks.run(), name="webhooks")
        group.create_task(self.sending.run(), name="submission")
        group.create_task(self.supervisor.run(), name="supervisor")
        group.create_task(look(), name="soundness")
        group.create_task(self.borrowing.run(), name="lent sessions")
        group.create_task(self.api.brake.run(), name="wrong tokens")
        group.create_task(self.api.streams.run(), name="streams")

    async def serve(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Answer requests until cancelled."""
        settings, api = self.api.settings, self.api
        limits = replace(HallLimits.of(settings), connections=budget_of(settings).clients)
        hall = Hall(limits, refusal, api.figures.count_refusal)
        bound = settings.shutdown_timeout
        await serve(self._application(), listener, hall, bound=bound, ready=ready, stopping=api.streams.close)

    def _application(self) -> ASGIApp:
        """Return one application for the API and the sign-in pages."""
        application = by_path(dict.fromkeys(PAGES, build_pages(self.site)), build(self.api))
        settings = self.api.settings
        return logged(application, settings.trusted_proxies) if settings.access_log else application


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What every service needs: the settings, the database, and the clients for other hosts."""

    settings: Settings
    db: Database
    box: SecretBox
    names: Names
    web: WebClient
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services that several rooms use."""

    sessions: Sessions
    borrowing: Borrowing

    tokens: Tokens
    accounts: Accounts
    apps: Apps
    runtime: RuntimeSettings
    access: AccessTokens
    trials: Trials
    consents: Consents
    verifier: Verifier
    autoconfig: Autoconfig


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingServices:
    """What callers use of sending."""

    submissions: Submissions
    drafts: StoredDrafts
    outbox: Outbox
    lanes: SendingLanes


def open_ground(
    settings: Settings, db: Database, box: SecretBox, figures: Path | None, stack: AsyncExitStack
) -> Ground:
    """Make the clients for other hosts; `stack` closes them again."""
    names = Names()
    stack.push_async_callback(names.close)
    web = web_client(settings, names)
    stack.push_async_callback(web.close)
    return Ground(
        settings=settings,
        db=db,
        box=box,
        names=names,
        web=web,
        figures=Figures(figures),
    )


def build_gateway(ground: Ground, leases: Leases) -> Gateway:
    """Build the services of all rooms and return the gateway."""
    services = _services(ground)
    soundness = Soundness(ground.db, ground.box, SEALED)
    sign_ins = _sign_ins(ground, services)
    return Gateway(
        api=_api(ground, services, sign_ins, soundness),
        site=Site(sign_ins=sign_ins, consents=services.consents, runtime=services.runtime),
        supervisor=Supervisor(shop=_workshop(ground, services), leases=leases),
        webhooks=Webhooks(
            db=ground.db,
            box=ground.box,
            runtime=services.runtime,
            settings=ground.settings,
            node_id=leases.node,
            figures=ground.figures,
            lookups=ground.names.of(LookupUse.WEBHOOKS),
        ),
        sending=_sending(ground, services, leases.node),
        soundness=soundness,
        borrowing=services.borrowing,
    )


def _services(ground: Ground) -> Services:
    settings, db, box, web = ground.settings, ground.db, ground.box, ground.web
    lookups = ground.names.of(LookupUse.ONBOARDING)
    accounts, apps = Accounts(db, box), Apps(db, box)
    runtime = RuntimeSettings(db, box, defaults={"serviceUrl": settings.service_url})
    lender = AuthServer(web=web, runtime=runtime)
    access = AccessTokens(db=db, accounts=accounts, apps=apps, web=web, auth_server=lender)
    pacing = pacing_of(settings)
    sessions = Sessions.of(settings, ground.names.of(LookupUse.ACCOUNTS), pacing=pacing, tokens=access)
    return Services(
        sessions=sessions,
        borrowing=Borrowing(accounts, Pool(sessions)),
        tokens=tokens_of(settings, db),
        accounts=accounts,
        apps=apps,
        runtime=runtime,
        access=access,
        trials=Trials(db=db, box=box, accounts=accounts, apps=apps, web=web, access=access, auth_server=lender),
        consents=Consents(db=db, box=box, accounts=accounts, apps=apps, web=web, runtime=runtime, access=access),
        verifier=Verifier(settings=settings, lookups=lookups, pacing=pacing),
        autoconfig=Autoconfig(settings=settings, lookups=lookups),
    )


def _sign_ins(ground: Ground, services: Services) -> SignIns:
    return SignIns(
        db=ground.db,
        accounts=services.accounts,
        apps=services.apps,
        consents=services.consents,
        runtime=services.runtime,
        settings=ground.settings,
        lookups=ground.names.of(LookupUse.ONBOARDING),
        autoconfig=services.autoconfig,
        pacing=services.sessions.pacing,
    )


def _api(ground: Ground, services: Services, sign_ins: SignIns, soundness: Soundness) -> Api:
    settings, db, box, names = ground.settings, ground.db, ground.box, ground.names
    accounts, runtime, access = services.accounts, services.runtime, services.access
    verifier, tokens = services.verifier, services.tokens
    events, nodes, visits = EventReader(db), Nodes(db), MailVisits(services.borrowing)
    deliveries, sending = WebhookDeliveries(db=db, box=box, runtime=runtime), _for_callers(ground, services, visits)
    shares = StreamShares.within(budget_of(settings).clients, settings.streams, settings.streams_per_token)
    return Api(
        settings=settings,
        version=__version__,
        figures=ground.figures,
        tokens=tokens,
        brake=Brake(settings.wrong_token_limit),
        rates=Rates(),
        accounts=accounts,
        registrations=Registrations(
            accounts=accounts, consents=services.consents, trials=services.trials, verifier=verifier
        ),
        quotas=Quotas(services.borrowing),
        folders=Folders(visits),
        lists=MessageLists(visits),
        searches=Searches(visits),
        messages=Messages(visits),
        downloads=Downloads(visits),
        changes=MailChanges(visits),
        uploads=Uploads(visits),
        threads=Threads(visits),
        submissions=sending.submissions,
        drafts=sending.drafts,
        outbox=sending.outbox,
        lanes=sending.lanes,
        access=access,
        trials=services.trials,
        verifier=verifier,
        diagnoses=_diagnoses(ground, services),
        autoconfig=services.autoconfig,
        sign_ins=sign_ins,
        apps=services.apps,
        app_check=AppCheck(accounts=accounts, access=access, web=ground.web, runtime=runtime, verifier=verifier),
        runtime=runtime,
        events=events,
        streams=Streams(db=db, tokens=tokens, runtime=runtime, shares=shares, version=__version__),
        webhooks=WebhookEndpoints(
            db=db, box=box, runtime=runtime, settings=settings, lookups=names.of(LookupUse.WEBHOOKS)
        ),
        deliveries=deliveries,
        nodes=nodes,
        vitals=Vitals(events=events, probe=WriteProbe(db), soundness=soundness),
        metrics=Metrics(
            figures=ground.figures,
            accounts=accounts,
            events=events,
            nodes=nodes,
            deliveries=deliveries,
            version=__version__,
        ),
    )


def _sending(ground: Ground, services: Services, node_id: str) -> Sending:
    return Sending(
        db=ground.db,
        box=ground.box,
        runtime=services.runtime,
        accounts=services.accounts,
        sessions=services.sessions,
        visits=MailVisits(services.borrowing),
        node_id=node_id,
        grace=ground.settings.shutdown_timeout / 2,
        lanes=ground.settings.sending_lanes,
        figures=ground.figures,
    )


def _for_callers(ground: Ground, services: Services, visits: MailVisits) -> SendingServices:
    db, runtime = ground.db, services.runtime
    accepting = Accepting(db=db, box=ground.box, runtime=runtime)
    return SendingServices(
        submissions=Submissions(
            db=db, writing=Writing(visits), accepting=accepting, largest=ground.settings.max_message_size
        ),
        drafts=StoredDrafts(visits),
        outbox=Outbox(db=db, runtime=runtime, wants_copy=CopyWishes(db).copies),
        lanes=SendingLanes(db),
    )


def _diagnoses(ground: Ground, services: Services) -> Diagnoses:
    return Diagnoses(
        settings=ground.settings,
        lookups=ground.names.of(LookupUse.ONBOARDING),
        pacing=services.sessions.pacing,
        visits=visits_of(ground.settings),
    )


def tokens_of(settings: Settings, db: Database) -> Tokens:
    """Return the API tokens of an installation, including the one in the settings."""
    return Tokens(db, settings.token.get_secret_value() if settings.token else None)


def _workshop(ground: Ground, services: Services) -> Workshop:
    settings = ground.settings
    return Workshop(
        db=ground.db,
        settings=settings,
        runtime=services.runtime,
        sessions=services.sessions,
        retry=RetryPlan(settings.retry_min, settings.retry_max, settings.auth_retry_delays),
        unseal=services.accounts.unseal,
        clock=now_ms,
        figures=ground.figures,
    )


def web_client(settings: Settings, names: Names) -> WebClient:
    """Return the client for authorization servers, within the address policy. The caller closes it."""
    policy = AddressPolicy(settings.host_policy)

    def open_web() -> HttpSession:
        from postroom.connections.http.http_session import open_session

        return open_session(policy, _WEB_CONNECTIONS, names.of(LookupUse.TOKENS))

    return WebClient(open_web)
