"""The types of the route table and of what a handler gets: `Route`, `Api`, `Call`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from postroom.access.brake import Brake
from postroom.access.rates import Rates
from postroom.access.service import Tokens
from postroom.access.tokens import Needs, Token
from postroom.accounts.service import Accounts
from postroom.api.operation.metrics import Metrics
from postroom.api.operation.vitals import Vitals
from postroom.clock import now_ms
from postroom.cluster.nodes import Nodes
from postroom.configuration.runtime import RuntimeSettings
from postroom.credentials.access_tokens import AccessTokens
from postroom.events.reader import EventReader
from postroom.figures import Figures
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
from postroom.oauth2.apps import Apps
from postroom.onboarding.autoconfig.service import Autoconfig
from postroom.onboarding.consent.app_check import AppCheck
from postroom.onboarding.diagnosis.service import Diagnoses
from postroom.onboarding.registrations import Registrations
from postroom.onboarding.sign_in.service import SignIns
from postroom.onboarding.trial import Trials
from postroom.onboarding.verify import Verifier
from postroom.protocol_logs.service import ProtocolLogs
from postroom.schemas.requests.queries import NoQuery
from postroom.settings import Settings
from postroom.statistics.service import Statistics
from postroom.streaming.streams import Streams
from postroom.submission.accepting.stored_drafts import StoredDrafts
from postroom.submission.outbox.lanes import SendingLanes
from postroom.submission.outbox.service import Outbox
from postroom.submission.submissions import Submissions
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.service import WebhookEndpoints


@dataclass(frozen=True, slots=True)
class Reference:
    """The OpenAPI document as JSON, and as a page for reading."""

    document: bytes = b"{}"
    page: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """The services of the handlers, by name. A handler uses these, never a service inside another one.

    `reference` makes the documentation at the first request for it.
    """

    settings: Settings
    version: str
    figures: Figures
    # The caller.
    tokens: Tokens
    brake: Brake
    rates: Rates
    # Accounts, before and after they are stored.
    accounts: Accounts
    registrations: Registrations
    quotas: Quotas
    access: AccessTokens
    trials: Trials
    verifier: Verifier
    diagnoses: Diagnoses
    autoconfig: Autoconfig
    sign_ins: SignIns
    # Folders and messages.
    folders: Folders
    lists: MessageLists
    searches: Searches
    messages: Messages
    downloads: Downloads
    changes: MailChanges
    uploads: Uploads
    threads: Threads
    # Sending.
    submissions: Submissions
    drafts: StoredDrafts
    outbox: Outbox
    lanes: SendingLanes
    # Applications, settings, events, webhooks.
    apps: Apps
    app_check: AppCheck
    runtime: RuntimeSettings
    events: EventReader
    streams: Streams
    webhooks: WebhookEndpoints
    deliveries: WebhookDeliveries
    # The installation.
    nodes: Nodes
    statistics: Statistics
    protocol_logs: ProtocolLogs
    vitals: Vitals
    metrics: Metrics
    clock: Callable[[], int] = now_ms
    reference: Callable[[], Reference] = Reference


class Call(NamedTuple):
    """A request that is permitted and valid. There is one for each request, so it is a NamedTuple, quick to make.

    `path` has the decoded path parameters. `query` is the route's query model, `body` is of the route's body type.
    `ignored` are the names in query and body that the route accepts without using them. `digest` is the SHA-256 of the
    body, in hex, for a route that takes whole messages.
    """

    request: Request
    caller: Token
    address: str | None
    path: dict[str, str]
    query: Any
    body: Any
    ignored: tuple[str, ...] = ()
    digest: str = ""

    @property
    def account(self) -> str:
        """The account id in the path."""
        return self.path["account"]


Handler = Callable[[Api, Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of the API.

    `operation` is its name in the OpenAPI document. Generated clients use it, so it must not change. `needs` None
    means that no token is needed. `body` is the type of the JSON body, None without one. The types of the answers are
    in `reference/answers.py`, because only the documentation needs them.

    `account_query` names the query parameter with the account, where the path has none. With `account_implied`, a token
    bound to an account need not send it. `repeated` are the query parameters that may be sent several times. `headers`
    and `answer_headers` are the headers of the request and of the answer, with a description each. `also` are further
    statuses of success, with a description each. `is_unused` says whether a name, in the query or at the top of the
    body, is accepted and not used; without it none is. With `takes_message` the body may be as large as a message that
    is sent.
    """

    operation: str
    method: str
    path: str
    handler: Handler
    needs: Needs | None
    summary: str
    tag: str
    query: type[BaseModel] = NoQuery
    body: Any = None
    body_optional: bool = False
    takes_message: bool = False
    account_query: str | None = None
    account_implied: bool = False
    repeated: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[int, ...] = ()
    also: Mapping[int, str] = field(default_factory=dict)
    media_type: str = "application/json"
    is_unused: Callable[[str], bool] | None = None
    deprecated: bool = False
