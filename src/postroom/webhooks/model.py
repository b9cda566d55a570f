"""The shapes of the room: endpoints, deliveries, lanes, and the errors its service raises. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from postroom.accounts.settings.values import AccountSettings
from postroom.configuration.keys import Header
from postroom.errors import Permanent

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
    """What was asked for cannot be sent: webhooks, or this endpoint, are switched off."""

    code = "WebhookDisabled"


class InvalidEndpoint(Permanent):
    """The endpoint cannot work as described; `fields` are pairs of field and message. Nothing was stored."""

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
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    """Given up, kept for `event_retention`, and replayable."""
    DROPPED = "dropped"
    """Not wanted any more when its turn came: the settings changed, or the account was deleted."""
    REPLAYED = "replayed"
    """A dead letter whose event was queued anew as another delivery."""


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
    """A secret of an endpoint; `until` is when it stops to sign, in milliseconds since 1970, None for the current."""

    secret: str = field(repr=False)
    until: int | None = None


@dataclass(frozen=True, slots=True)
class WebhookEndpoint:
    """An endpoint made through the API. Empty `events` means all, empty `accounts` and `metadata` every account.

    `unreadable` says why its secrets cannot be opened; then URL and header values are masked, and there are no keys.
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
        """The secret that signs now, `whsec_…`; of those that were replaced, each has its end."""
        return next(key.secret for key in self.keys if key.until is None)

    def wants(self, event_type: str, account: str, metadata: dict[str, str]) -> bool:
        """Say whether the endpoint is to get events of this type from this account."""
        if self.events and ALL_EVENTS not in self.events and event_type not in self.events:
            return False
        if self.accounts and account not in self.accounts:
            return False
        return all(metadata.get(name) == value for name, value in self.metadata.items())


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """What of an account concerns its webhooks: its settings for them, masked, the sealed secrets, the metadata."""

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
    """One event on its way to one endpoint. `payload` is the event's, None when it is no longer kept.

    `attempts` counts every request made, `step` those failures that count against the schedule.
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


@dataclass(slots=True)
class Lane:
    """A claimed lane with the first of its pending deliveries, in order. `account` is None when it was deleted."""

    endpoint: str
    lane: int
    deliveries: list[Delivery] = field(default_factory=list)
    account: AccountFacts | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a delivery: its new values. `opens_at` is when a lane that is new to it comes due."""

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


@dataclass(frozen=True, slots=True)
class Release:
    """A lane given back: due at `next_at` (milliseconds since 1970) if anything is pending in it."""

    endpoint: str
    lane: int
    next_at: int
