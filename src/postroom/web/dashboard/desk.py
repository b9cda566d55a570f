"""What a screen of the dashboard gets: the services (`Desk`), the visitor, and the request (`DeskVisit`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from postroom.access.admins.admission import Admission
from postroom.access.admins.authenticator import Authenticator
from postroom.access.admins.model import AdminSession
from postroom.access.admins.service import Admins
from postroom.access.admins.sessions import AdminSessions
from postroom.access.service import Tokens
from postroom.accounts.bulk.service import BulkActions
from postroom.accounts.listing.service import AccountLists
from postroom.accounts.service import Accounts
from postroom.attention.service import Attention
from postroom.clock import now_ms
from postroom.cluster.nodes import Nodes
from postroom.configuration.runtime import RuntimeSettings
from postroom.credentials.access_tokens import AccessTokens
from postroom.events.reader import EventReader
from postroom.folders.followed import FollowedFolders
from postroom.footprint.dataclass import dataclass
from postroom.mailboxes.downloads.service import Downloads
from postroom.mailboxes.folders.service import Folders
from postroom.mailboxes.lists.service import MessageLists
from postroom.mailboxes.reading.service import Messages
from postroom.mailboxes.searching.service import Searches
from postroom.oauth2.apps import Apps
from postroom.oauth2.person_sign_in import PersonSignIn
from postroom.onboarding.autoconfig.service import Autoconfig
from postroom.onboarding.consent.app_check import AppCheck
from postroom.onboarding.diagnosis.service import Diagnoses
from postroom.onboarding.registrations import Registrations
from postroom.onboarding.verify import Verifier
from postroom.schemas.reference.shapes import OpenApiDocument
from postroom.settings import Settings
from postroom.statistics.service import Statistics
from postroom.streaming.streams import Streams
from postroom.submission.outbox.lanes import SendingLanes
from postroom.submission.outbox.service import Outbox
from postroom.submission.submissions import Submissions
from postroom.web.dashboard.adding.kept_secrets import KeptSecrets
from postroom.webhooks.fates.service import EventFates
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.service import WebhookEndpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The services that the dashboard uses. They are the ones that the API uses, and those of signing in.

    `people` signs people in with OpenID Connect, None when that is not set up; `admission` says who may.
    `calls` is the application of the API, called inside this process; `document` describes it. `places` says where each
    setting of this process comes from.
    """

    settings: Settings
    version: str
    admins: Admins
    authenticator: Authenticator
    sessions: AdminSessions
    people: PersonSignIn | None
    admission: Admission
    accounts: Accounts
    registrations: Registrations
    diagnoses: Diagnoses
    verifier: Verifier
    autoconfig: Autoconfig
    folders: Folders
    mail: MessageLists
    searches: Searches
    messages: Messages
    downloads: Downloads
    submissions: Submissions
    lanes: SendingLanes
    outbox: Outbox
    webhooks: WebhookEndpoints
    deliveries: WebhookDeliveries
    fates: EventFates
    events: EventReader
    apps: Apps
    app_check: AppCheck
    tokens: Tokens
    nodes: Nodes
    statistics: Statistics
    runtime: RuntimeSettings
    streams: Streams
    attention: Attention
    lists: AccountLists
    bulk: BulkActions
    followed: FollowedFolders
    access: AccessTokens
    kept: KeptSecrets
    calls: ASGIApp
    document: Callable[[], OpenApiDocument]
    places: Mapping[str, str]
    clock: Callable[[], int] = now_ms


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in, and in which session. `form_token` must come back with each form (CSRF)."""

    name: str
    form_token: str = field(repr=False)
    session: AdminSession


@dataclass(frozen=True, slots=True)
class DeskVisit:
    """One request of a visitor. `form` is empty for GET; for POST it has passed the check of its token.

    `form` has the last value of each field, `lists` has all of them, for boxes that are ticked.
    """

    request: Request
    visitor: Visitor
    path: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def wants_part(self) -> bool:
        """Whether htmx asks for a part of the page instead of the whole page."""
        return self.request.headers.get("hx-request") == "true"


DeskScreen = Callable[[Desk, DeskVisit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One page: its method, its path pattern such as `/dashboard/accounts/{account}`, and its screen."""

    method: str
    path: str
    screen: DeskScreen
