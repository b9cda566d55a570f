"""What answers tell of webhook endpoints and their deliveries."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from postroom.schemas.answers.told import Time
from postroom.schemas.fields import OneOf
from postroom.schemas.requests.accounts import CustomHeader
from postroom.webhooks.model import SendingState, TargetKind

DeliveryState = TypeAliasType("DeliveryState", Annotated[str, OneOf([state.value for state in SendingState])])
EndpointKind = TypeAliasType("EndpointKind", Annotated[str, OneOf([kind.value for kind in TargetKind])])


class EndpointError(TypedDict):
    """The last failure of an endpoint; null again after a success."""

    event: NotRequired[str]
    message: str
    time: NotRequired[Time]
    url: NotRequired[str]
    code: NotRequired[str]
    statusCode: NotRequired[int]


class Endpoint(TypedDict):
    """A webhook endpoint; secrets read `******`."""

    id: str
    kind: Annotated[
        EndpointKind,
        Field(description="`global` and `account` are the URLs in the settings and of an account"),
    ]
    url: str | None
    enabled: bool
    created: Time | None
    updated: Time | None
    failingSince: Annotated[Time | None, Field(description="Since when nothing has arrived")]
    pausedUntil: Annotated[Time | None, Field(description="When it is tried again, while it is down")]
    lastError: EndpointError | None
    events: NotRequired[list[str]]
    accounts: NotRequired[list[str]]
    metadata: NotRequired[dict[str, str]]
    customHeaders: NotRequired[list[CustomHeader]]
    description: NotRequired[str]
    secret: NotRequired[str]


class MadeEndpoint(Endpoint):
    """An endpoint that was just made, with its secret, shown this once."""


class DeliveryCounts(TypedDict):
    """How many deliveries stand how."""

    pending: int
    delivered: int
    dead: Annotated[int, Field(description="Given up; they can be replayed")]
    dropped: Annotated[int, Field(description="No longer wanted when their turn came")]
    replayed: Annotated[int, Field(description="Given up, and queued anew since")]


class EndpointDetails(Endpoint):
    """A webhook endpoint and how its deliveries stand."""

    deliveries: DeliveryCounts


class Endpoints(TypedDict):
    """All webhook endpoints."""

    webhooks: list[Endpoint]


class RemovedEndpoint(TypedDict):
    """A removal."""

    success: bool
    id: str
    deleted: bool


class Rotated(TypedDict):
    """A new secret, shown this once."""

    id: str
    secret: str
    overlap: Annotated[int, Field(description="Seconds for which the old secret signs too")]


class Delivery(TypedDict):
    """One event on its way to one endpoint."""

    id: int
    account: str
    event: str
    eventId: Annotated[str | None, Field(description="Null when the event is no longer kept")]
    state: DeliveryState
    attempts: int
    created: Time
    attempted: Time | None
    finished: Time | None
    status: Annotated[int | None, Field(description="The status the endpoint answered last")]
    error: str | None


class Deliveries(TypedDict):
    """A page of deliveries, newest first."""

    total: int
    page: int
    pages: int
    deliveries: list[Delivery]


class ReplayedDelivery(TypedDict):
    """A delivery that is sent again."""

    success: bool
    delivery: int
    queued: bool


class Replayed(TypedDict):
    """How many events were queued anew."""

    success: Annotated[bool, Field(description="Whether all were looked at, like `complete`")]
    queued: int
    complete: Annotated[bool, Field(description="False when the database went away meanwhile: go on with `after`")]
    after: Annotated[int, Field(description="The number of the last event that was looked at")]


class Trial(TypedDict):
    """What came of a test event."""

    success: bool
    status: Annotated[int | None, Field(description="The status the endpoint answered")]
    code: str | None
    message: str
    eventId: str
