"""What was found in the database that may need a person, before anybody has judged it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from postroom.cluster.node import Node
from postroom.submission.outbox.model import OutboxCounts

__all__ = ["EndpointTrouble", "FailingGroup", "Found", "SendingGroup", "StoredTroubles"]


@dataclass(frozen=True, slots=True)
class FailingGroup:
    """Accounts that fail for the same reason at the same host.

    `kind` is that of their OAuth2 application, or else their type. `given_up` of them are not tried any more, `lasting`
    have failed for longer than failures usually take to pass. `since` is when the first began, in milliseconds since
    1970. `said` are the server's words to one of them, `example` is the id of one.
    """

    type: str
    kind: str
    host: str
    is_refusal: bool
    code: str
    advice: str
    count: int
    given_up: int
    lasting: int
    since: int | None
    said: str | None
    example: str


@dataclass(frozen=True, slots=True)
class SendingGroup:
    """Accounts whose last attempts to send failed before any message was written, for the same reason."""

    kind: str
    host: str
    code: str
    advice: str
    count: int
    said: str | None
    example: str


@dataclass(frozen=True, slots=True)
class EndpointTrouble:
    """An endpoint that fails, was switched off by its receiver, or has deliveries that were given up (`dead`).

    `message` is the last failure in words. Times are milliseconds since 1970.
    """

    id: str
    description: str
    enabled: bool
    failing_since: int | None
    message: str
    dead: int


@dataclass(frozen=True, slots=True)
class StoredTroubles:
    """What one look at the database found. `unattended` accounts have waited for a node for longer than usual."""

    failing: Sequence[FailingGroup] = ()
    sending: Sequence[SendingGroup] = ()
    endpoints: Sequence[EndpointTrouble] = ()
    paused_lanes: int = 0
    unattended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that is judged. `unreadable` counts the stored secrets that cannot be opened, by the place they are in."""

    now: int
    stored: StoredTroubles
    outbox: OutboxCounts
    nodes: Sequence[Node]
    unreadable: Mapping[str, int] = field(default_factory=dict)
    webhooks_enabled: bool = True
    sending_paused: bool = False
