"""What a screen of the dashboard gets: the services (`Desk`), the visitor, and the request (`DeskVisit`)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from postroom.access.service import Tokens
from postroom.accounts.service import Accounts
from postroom.clock import now_ms
from postroom.cluster.nodes import Nodes
from postroom.configuration.runtime import RuntimeSettings
from postroom.events.reader import EventReader
from postroom.mailboxes.folders.service import Folders
from postroom.oauth2.apps import Apps
from postroom.onboarding.diagnosis.service import Diagnoses
from postroom.onboarding.registrations import Registrations
from postroom.settings import Settings
from postroom.statistics.service import Statistics
from postroom.submission.outbox.lanes import SendingLanes
from postroom.submission.outbox.service import Outbox
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.service import WebhookEndpoints


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The services that the dashboard uses. They are the ones that the API uses."""

    settings: Settings
    version: str
    accounts: Accounts
    registrations: Registrations
    diagnoses: Diagnoses
    folders: Folders
    lanes: SendingLanes
    outbox: Outbox
    webhooks: WebhookEndpoints
    deliveries: WebhookDeliveries
    events: EventReader
    apps: Apps
    tokens: Tokens
    nodes: Nodes
    statistics: Statistics
    runtime: RuntimeSettings
    clock: Callable[[], int] = now_ms


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is signed in. `form_token` must come back with each form (CSRF)."""

    name: str
    form_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DeskVisit:
    """One request of a visitor. `form` is empty for GET; for POST it has passed the check of its token."""

    request: Request
    visitor: Visitor
    path: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)

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
