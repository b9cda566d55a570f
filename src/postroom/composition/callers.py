"""Builds what callers and visitors use: the services of the API and of the hosted sign-in."""

from __future__ import annotations

from postroom import __version__
from postroom.access.admins.service import Admins
from postroom.access.brake import Brake
from postroom.access.rates import Rates
from postroom.accounts.listing.service import AccountLists
from postroom.api.operation.metrics import Metrics
from postroom.api.operation.vitals import Vitals
from postroom.api.pipeline.route import Api
from postroom.cluster.nodes import Nodes
from postroom.composition.services import Ground, Services
from postroom.connections.hosts.names import LookupUse
from postroom.connections.sockets.descriptors import budget_of
from postroom.events.reader import EventReader
from postroom.footprint.dataclass import dataclass
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
from postroom.onboarding.consent.app_check import AppCheck
from postroom.onboarding.diagnosis.service import Diagnoses
from postroom.onboarding.registrations import Registrations
from postroom.onboarding.sign_in.service import SignIns
from postroom.onboarding.verify import visits_of
from postroom.statistics.service import Statistics
from postroom.storage.database import Database
from postroom.storage.probe import WriteProbe
from postroom.storage.sealing.secrets import SecretBox
from postroom.storage.sealing.soundness import Soundness
from postroom.streaming.seats import StreamShares
from postroom.streaming.streams import Streams
from postroom.submission.accepting.service import Accepting
from postroom.submission.accepting.stored_drafts import StoredDrafts
from postroom.submission.copy_wishes import CopyWishes
from postroom.submission.outbox.lanes import SendingLanes
from postroom.submission.outbox.service import Outbox
from postroom.submission.submissions import Submissions
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.service import WebhookEndpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingServices:
    """What callers use of sending."""

    submissions: Submissions
    drafts: StoredDrafts
    outbox: Outbox
    lanes: SendingLanes


def api_of(ground: Ground, services: Services, sign_ins: SignIns, soundness: Soundness) -> Api:
    """Return the services of the API."""
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
        app_check=AppCheck(
            apps=services.apps,
            accounts=accounts,
            access=access,
            web=ground.web,
            runtime=runtime,
            verifier=verifier,
        ),
        runtime=runtime,
        events=events,
        streams=Streams(db=db, tokens=tokens, runtime=runtime, shares=shares, version=__version__),
        webhooks=WebhookEndpoints(
            db=db, box=box, runtime=runtime, settings=settings, lookups=names.of(LookupUse.WEBHOOKS)
        ),
        deliveries=deliveries,
        nodes=nodes,
        statistics=Statistics(db),
        protocol_logs=services.protocol_logs,
        vitals=Vitals(events=events, probe=WriteProbe(db), soundness=soundness),
        metrics=_metrics(ground, services, sending, soundness),
    )


def _metrics(ground: Ground, services: Services, sending: SendingServices, soundness: Soundness) -> Metrics:
    db = ground.db
    return Metrics(
        figures=ground.figures,
        accounts=AccountLists(db),
        events=EventReader(db),
        nodes=Nodes(db),
        deliveries=WebhookDeliveries(db=db, box=ground.box, runtime=services.runtime),
        outbox=sending.outbox,
        soundness=soundness,
        version=__version__,
    )


def admins_of(db: Database, box: SecretBox) -> Admins:
    """Return the operator of an installation, who signs in to the dashboard."""
    return Admins(db, box)


def sign_ins_of(ground: Ground, services: Services) -> SignIns:
    """Return the hosted sign-in."""
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
