"""The values of webhooks: endpoints, deliveries, lanes, and the errors that the services raise. Pure."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Final, NotRequired, TypedDict

from postroom.accounts.settings.values import AccountSettings
from postroom.configuration.keys import Header
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

GLOBAL: Final = "global"
_ACCOUNT_PREFIX: Final = "account:"
ALL_EVENTS: Final = "*"


class EndpointNotFound(Permanent):
    """Webhook endpoint was not found for requested ID"""

    code = "WebhookNotFound"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class DeliveryNotFound(Permanent):
    """Delivery was not found for requested ID, or its event is no longer kept"""

    code = "DeliveryNotFound"

    def __init__(self) -> None:
        super().__init__(self.__doc__ or "")


class NothingIsSent(Permanent):
    """The webhook cannot be sent, because webhooks or this endpoint are switched off."""

    code = "WebhookDisabled"


class InvalidEndpoint(Permanent):
    """The endpoint is invalid and was not stored; `fields` are pairs of field and message."""

    code = "InvalidInput"

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        super().__init__("Invalid input")
        self.fields = fields


class TargetKind(StrEnum):
    """Where an endpoint comes from."""

    GLOBAL = "global"
    ACCOUNT = "account"
    OBJECT = "endpoint"


class SendingState(StrEnum):
    """The state of a delivery."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """It was given up. It is kept for `event_retention` and can be replayed."""
    DROPPED = "dropped"
    """It was no longer wanted when its turn came: the settings changed, or the account was deleted."""
    REPLAYED = "replayed"
    """It was dead, and its event was queued again as another delivery."""


def account_endpoint(account: str) -> str:
    """Return the id of the endpoint that is the account's own `webhooks` URL."""
    return _ACCOUNT_PREFIX + account


def kind_of(endpoint: str) -> TargetKind:
    """Return what kind of endpoint an id names."""
    if endpoint == GLOBAL:
        return TargetKind.GLOBAL
    return TargetKind.ACCOUNT if endpoint.startswith(_ACCOUNT_PREFIX) else TargetKind.OBJECT


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret of an endpoint. It signs until `until` (milliseconds since 1970); None for the current secret."""

    secret: str = field(repr=False)
    until: int | None = None


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """An endpoint made through the API. Empty `events` means all; empty `accounts` and `metadata` mean every account.

    `unreadable` says why its secrets cannot be opened. Then URL and header values are masked, and there are no keys.
    """

    id: str
    url: str = field(repr=False)
    events: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    custom_headers: tuple[Header, ...] = ()
    description: str = ""
    enabled: bool = True
    keys: tuple[SigningKey, ...] = ()
    created_at: int = 0
    updated_at: int = 0
    unreadable: str | None = None

    @property
    def secret(self) -> str:
        """The current secret, `whsec_…`. Replaced secrets have an end."""
        return next(key.secret for key in self.keys if key.until is None)

    def objection(self, event_type: str, account: str, metadata: dict[str, str]) -> Objection | None:
        """Return why the endpoint does not want events of this type from this account; None if it wants them."""
        if self.events and ALL_EVENTS not in self.events and event_type not in self.events:
            return Objection.TYPE
        if self.accounts and account not in self.accounts:
            return Objection.ACCOUNT
        is_theirs = all(metadata.get(name) == value for name, value in self.metadata.items())
        return None if is_theirs else Objection.METADATA


class Objection(StrEnum):
    """Why an endpoint does not want an event."""

    WEBHOOKS_OFF = "webhooks are switched off"
    ENDPOINT_OFF = "the endpoint is switched off"
    ASKED_NOT_TO = "the receiver asked for no more"
    NO_URL = "no URL is set"
    OWN_URL = "the account has its own URL"
    TYPE = "the type is not among its events"
    FOLDER = "the folder is not the inbox"
    ACCOUNT = "the account is not among its accounts"
    METADATA = "the account lacks its metadata"


class EndpointFailure(TypedDict):
    """The last failure of an endpoint, as it is stored and shown; without `event` nothing was tried."""

    event: NotRequired[str]
    message: str
    time: NotRequired[str]
    url: NotRequired[str]
    code: NotRequired[str]
    statusCode: NotRequired[int]


class DeliveryRow(TypedDict):
    """A new delivery, queued behind the others of its account."""

    endpoint: str
    lane: int
    event_seq: int
    account_key: int
    account: str
    type: str
    size: int
    created_at: int


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """The facts of an account that webhooks need: its masked settings, its sealed secrets and its metadata."""

    account: str
    settings: AccountSettings
    sealed: str | None = field(repr=False)
    metadata: dict[str, str]

    @property
    def endpoint(self) -> str:
        """The id of the endpoint that gets the account's events by default."""
        return account_endpoint(self.account) if self.settings.webhooks else GLOBAL


@dataclass(slots=True)
class Delivery:
    """One event on its way to one endpoint. `payload` is None when the event is no longer kept.

    `attempts` counts all requests made, `step` the failures that count against the schedule. `trace` is the context of
    the trace that led to the event, `event_at` when it was stored (0 when it is no longer kept).
    """

    id: int
    endpoint: str
    lane: int
    event_seq: int
    account_key: int
    account: str
    type: str
    size: int
    attempts: int
    step: int
    created_at: int
    attempted_at: int | None
    event_id: str = ""
    payload: str | None = field(default=None, repr=False)
    trace: str = ""
    event_at: int = 0
    took: int | None = None
    """Milliseconds that the request took which was made now; None before it."""

    @property
    def is_alone(self) -> bool:
        """Whether its lane is one of single deliveries: it stepped aside, or was sent again by hand."""
        return self.lane < 0

    @property
    def is_aside(self) -> bool:
        """Whether it stepped aside: the receiver kept refusing it while it accepted others."""
        return self.lane == -self.id


@dataclass(slots=True)
class Lane:
    """A claimed lane with the first of its pending deliveries, in order. `account` is None when it was deleted.

    `is_whole` says that these were all of its pending deliveries.
    """

    endpoint: str
    lane: int
    deliveries: list[Delivery] = field(default_factory=list)
    account: AccountFacts | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """The new values of a delivery after an attempt. `took` is how many milliseconds it took, None if none was made.

    `left` is the lane that the delivery leaves for `lane`, which comes due at `opens_at`; both are None if it stays. A
    result is that of a delivery in its lane: it says nothing about one that was put in another lane meanwhile.
    """

    delivery: int
    endpoint: str
    lane: int
    state: SendingState
    attempts: int
    step: int
    attempted_at: int | None
    finished_at: int | None = None
    status: int | None = None
    error: str | None = None
    opens_at: int | None = None
    took: int | None = None
    left: int | None = None

    @property
    def carried_in(self) -> int:
        """The lane in which the delivery was when the attempt was made."""
        return self.lane if self.left is None else self.left


@dataclass(frozen=True, slots=True)
class DeliveryTry:
    """One request of a delivery. `number` counts from 1; `took` is in milliseconds, None if it is not known.

    `error` has the code, and the words of the receiver; None if the request was accepted.
    """

    number: int
    at: int
    took: int | None
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Release:
    """A released lane: due at `next_at` (milliseconds since 1970) if anything is pending in it."""

    endpoint: str
    lane: int
    next_at: int
