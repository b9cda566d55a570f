"""What one line of the route table says, and what a handler is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from postroom.access.brake import Brake
from postroom.access.service import Tokens
from postroom.access.tokens import Needs, Token
from postroom.accounts.service import Accounts
from postroom.api.streaming.feeds import Streams
from postroom.configuration.runtime import RuntimeSettings
from postroom.figures import Figures
from postroom.mailboxes.quotas import Quotas
from postroom.oauth2.apps import Apps
from postroom.onboarding.consent.consents import Consents
from postroom.onboarding.sign_in.sign_ins import SignIns
from postroom.onboarding.trial import Trials
from postroom.onboarding.verify import Verifier
from postroom.schemas.requests.accounts import NoQuery
from postroom.settings import Settings
from postroom.storage.database import Database
from postroom.storage.probe import WriteProbe
from postroom.storage.sealing.soundness import Soundness
from postroom.webhooks.history.deliveries import WebhookDeliveries
from postroom.webhooks.service import WebhookEndpoints

if TYPE_CHECKING:
    from postroom.onboarding.autoconfig.search import Surroundings


@dataclass(frozen=True, slots=True)
class Reference:
    """The OpenAPI document as JSON, and as a page for reading."""

    document: bytes = b"{}"
    page: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """Everything the handlers work with. `checks` are the health of other rooms: each returns a reason or None.

    `surroundings` is how mail servers are looked for, None as the system has it.
    `reference` makes the documentation when it is first asked for.
    """

    db: Database
    settings: Settings
    accounts: Accounts
    tokens: Tokens
    runtime: RuntimeSettings
    verifier: Verifier
    webhooks: WebhookEndpoints
    deliveries: WebhookDeliveries
    version: str
    apps: Apps
    consents: Consents
    trials: Trials
    sign_ins: SignIns
    brake: Brake
    streams: Streams
    quotas: Quotas
    checks: Mapping[str, Callable[[], str | None]] = field(default_factory=dict)
    surroundings: Surroundings | None = None
    figures: Figures = field(default_factory=Figures)
    reference: Callable[[], Reference] = Reference
    probe: WriteProbe = field(default_factory=WriteProbe)
    soundness: Soundness | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may be served: who asks, from where, and what for, all of it valid.

    `path` has the decoded parameters of the path, `query` the route's query model, `body` the JSON object sent.
    """

    request: Request
    caller: Token
    address: str | None
    path: dict[str, str]
    query: Any
    body: dict[str, Any]

    @property
    def account(self) -> str:
        """The account id in the path."""
        return self.path["account"]


Handler = Callable[[Api, Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `operation` is its name in the OpenAPI document and in clients made from that, so it stays as it
    is. `needs` None means that anybody may ask.

    `body` is the type of the JSON body, None when there is none; `answer` that of the answer, `example` an answer and
    `body_example` a body for the reference. `account_query` names the query parameter that binds a request to an
    account where the path does not; with `account_implied`, a token bound to an account need not send it. `repeated`
    are the query parameters that may be sent several times, `headers` the request headers that matter, with a
    description, `answer_headers` those of the answer.
    """

    operation: str
    method: str
    path: str
    handler: Handler
    needs: Needs | None
    summary: str
    tag: str
    answer: Any
    example: Any
    query: type[BaseModel] = NoQuery
    body: Any = None
    body_example: Any = None
    body_optional: bool = False
    account_query: str | None = None
    account_implied: bool = False
    repeated: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[int, ...] = ()
    media_type: str = "application/json"
    deprecated: bool = False
