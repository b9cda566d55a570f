"""What was found in the database that may need a person, before anybody has judged it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Final

from postroom.cluster.node import Node
from postroom.footprint.dataclass import dataclass
from postroom.submission.outbox.model import OutboxCounts
from postroom.webhooks.model import TargetKind, kind_of

__all__ = ["AllTroubles", "EndpointTrouble", "FailingGroup", "SendingGroup", "StoredTroubles"]

ENDPOINT_PATIENCE_MS: Final = 60_000
"""An endpoint may fail for this long before anybody is bothered: receivers are restarted."""


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

    @property
    def name(self) -> str:
        """The endpoint in words, at the begin of a sentence."""
        kind = kind_of(self.id)
        if kind is TargetKind.GLOBAL:
            return "The webhook of the settings"
        if kind is TargetKind.ACCOUNT:
            return f"The webhook of the account {self.id.partition(':')[2]}"
        return f"The webhook “{self.description}”" if self.description else f"The webhook {self.id}"

    def has_failed(self, now: int) -> bool:
        """Say whether it has failed for long enough to bother somebody."""
        return self.failing_since is not None and now - self.failing_since >= ENDPOINT_PATIENCE_MS


@dataclass(frozen=True, slots=True)
class StoredTroubles:
    """What one look at the database found. `unattended` accounts have waited for a node for longer than usual."""

    failing: Sequence[FailingGroup] = ()
    sending: Sequence[SendingGroup] = ()
    endpoints: Sequence[EndpointTrouble] = ()
    paused_lanes: int = 0
    unattended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AllTroubles:
    """All that is judged. `unreadable` counts the stored secrets that cannot be opened, by the place they are in."""

    now: int
    stored: StoredTroubles
    outbox: OutboxCounts
    nodes: Sequence[Node]
    unreadable: Mapping[str, int] = field(default_factory=dict)
    webhooks_enabled: bool = True
    sending_paused: bool = False
