"""Webhook endpoints, deliveries and tests as callers may see them: values without secrets. Pure."""

from __future__ import annotations

from dataclasses import field

from postroom.footprint.dataclass import dataclass
from postroom.webhooks.model import EndpointFailure, TargetKind, WebhookEndpoint


@dataclass(frozen=True, slots=True)
class EndpointView:
    """An endpoint as shown, with masked secrets. `config` is None for the targets in the settings.

    `failing_since` and `paused_until` are milliseconds since 1970. The next success clears `last_error`. `new_secret`
    is a secret that a change had to make; it is shown once.
    """

    id: str
    kind: TargetKind
    url: str | None
    enabled: bool
    config: WebhookEndpoint | None = field(repr=False)
    created_at: int | None
    updated_at: int | None
    failing_since: int | None
    paused_until: int | None
    last_error: EndpointFailure | None
    counts: dict[str, int] = field(default_factory=dict)
    new_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """A delivery as listed; `event_id` is None when the event is no longer kept.

    `event_seq` is the number of the event in the log. `last_took` is how long the last request took, in milliseconds.
    """

    id: int
    endpoint: str
    account: str
    type: str
    state: str
    attempts: int
    created_at: int
    attempted_at: int | None
    finished_at: int | None
    last_status: int | None
    last_error: str | None
    event_id: str | None
    event_seq: int = 0
    last_took: int | None = None


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """The place of a pending delivery: the number of the event that it waits behind, None if it is the next.

    Its turn comes at `due` (milliseconds since 1970), or a process has it already (`is_held`).
    """

    behind: int | None
    due: int | None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class EndpointTraffic:
    """What goes to an endpoint: how many deliveries wait, and the newest one that arrived."""

    waiting: int
    arrived: DeliveryView | None


@dataclass(frozen=True, slots=True)
class TestOutcome:
    """The outcome of a test event."""

    delivered: bool
    status: int | None
    code: str | None
    message: str
    event_id: str
