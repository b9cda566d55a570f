"""Builds the gateway: every service is made here, once, from the services that it names."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from postroom.accounts.bulk.worker import BulkWorker
from postroom.api.app import build
from postroom.api.pipeline.access_log import logged
from postroom.api.pipeline.errors import refusal
from postroom.api.pipeline.route import Api
from postroom.clock import now_ms
from postroom.cluster.leases import Leases
from postroom.composition.callers import api_of, sign_ins_of
from postroom.composition.late_dashboard import LateDashboard
from postroom.composition.services import Ground, Services, services_of
from postroom.configuration.keys import SEALED
from postroom.connections.hosts.names import LookupUse
from postroom.connections.sockets.descriptors import budget_of
from postroom.events.rides import Rides
from postroom.footprint.dataclass import dataclass
from postroom.loops import Timer, run_loop
from postroom.mailboxes.visiting import MailVisits
from postroom.server.hall import Hall, HallLimits
from postroom.server.listening import by_path, serve
from postroom.sessions.borrowing import Borrowing
from postroom.settings import Settings
from postroom.statistics.keeping import CountKeeper
from postroom.storage.sealing.soundness import INTERVAL, Soundness
from postroom.submission.run import Sending
from postroom.supervisor.backoff import RetryPlan
from postroom.supervisor.runner import Workshop
from postroom.supervisor.supervisor import Supervisor
from postroom.web.app import DASHBOARD, PAGES, Site
from postroom.web.app import build as build_pages
from postroom.webhooks.run import Webhooks

if TYPE_CHECKING:
    from postroom.web.dashboard.desk import Desk


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Everything that runs in one process. `answers` is the application of the API."""

    api: Api
    answers: ASGIApp
    site: Site
    dashboard: LateDashboard
    supervisor: Supervisor
    webhooks: Webhooks
    sending: Sending
    soundness: Soundness
    borrowing: Borrowing
    counts: CountKeeper
    bulk: BulkWorker

    @property
    def desk(self) -> Desk:
        """The services of the dashboard."""
        return self.dashboard.desk

    def begin(self, group: asyncio.TaskGroup) -> None:
        """Start the background tasks."""
        look = partial(run_loop, "stored secrets", self.soundness.look, Timer(), INTERVAL)
        group.create_task(self.webhooks.run(), name="webhooks")
        group.create_task(self.sending.run(), name="submission")
        group.create_task(self.supervisor.run(), name="supervisor")
        group.create_task(look(), name="soundness")
        group.create_task(self.borrowing.run(), name="lent sessions")
        group.create_task(self.api.protocol_logs.taps.run(), name="taps")
        group.create_task(self.api.protocol_logs.recorder.run(), name="protocol logs")
        group.create_task(self.api.brake.run(), name="wrong tokens")
        group.create_task(self.bulk.run(), name="bulk actions")
        group.create_task(self.api.streams.run(), name="streams")
        group.create_task(self.counts.run(), name="statistics")

    async def close(self) -> None:
        """Store what the last tasks have left behind. Call it when they have ended."""
        await self.api.protocol_logs.recorder.close()
        await self.counts.finish()

    async def serve(self, listener: socket.socket, ready: Callable[[], None]) -> None:
        """Answer requests until cancelled."""
        settings, api = self.api.settings, self.api
        limits = replace(HallLimits.of(settings), connections=budget_of(settings).clients)
        hall = Hall(limits, refusal, api.figures.count_refusal)
        bound = settings.shutdown_timeout
        await serve(self._application(), listener, hall, bound=bound, ready=ready, stopping=api.streams.close)

    def _application(self) -> ASGIApp:
        """Return one application for the API and the sign-in pages."""
        pages = dict.fromkeys(PAGES, build_pages(self.site))
        if self.api.settings.dashboard:
            pages |= dict.fromkeys(DASHBOARD, self.dashboard)
        application = by_path(pages, self.answers)
        return _noted(application, self.api.settings)


def build_gateway(ground: Ground, leases: Leases) -> Gateway:
    """Build the services of all rooms and return the gateway."""
    services = services_of(ground, leases.node)
    soundness = Soundness(ground.db, ground.box, SEALED)
    sign_ins = sign_ins_of(ground, services)
    api = api_of(ground, services, sign_ins, soundness)
    answers = build(api)
    rides = Rides()
    return Gateway(
        api=api,
        answers=answers,
        dashboard=LateDashboard(ground, api, _noted(answers, ground.settings)),
        site=Site(sign_ins=sign_ins, consents=services.consents, runtime=services.runtime),
        supervisor=Supervisor(shop=_workshop(ground, services, rides), leases=leases),
        webhooks=Webhooks(
            db=ground.db,
            box=ground.box,
            runtime=services.runtime,
            settings=ground.settings,
            node_id=leases.node,
            figures=ground.figures,
            lookups=ground.names.of(LookupUse.WEBHOOKS),
            rides=rides,
        ),
        sending=_sending(ground, services, leases.node),
        soundness=soundness,
        borrowing=services.borrowing,
        counts=CountKeeper(ground.db, ground.figures.take_counts),
        bulk=BulkWorker(db=ground.db, accounts=services.accounts, node_id=leases.node),
    )


def _noted(application: ASGIApp, settings: Settings) -> ASGIApp:
    """Return the application with the access log that the settings ask for."""
    return logged(application, settings.trusted_proxies) if settings.access_log else application


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


def _workshop(ground: Ground, services: Services, rides: Rides) -> Workshop:
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
        rides=rides,
    )
