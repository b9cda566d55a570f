"""The types of answers about webhook endpoints and deliveries."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypeAliasType, TypedDict

from postroom.schemas.fields import OneOf
from postroom.schemas.requests.accounts import CustomHeader
from postroom.schemas.states import DeliveryState
from postroom.schemas.told import Time
from postroom.webhooks.model import TargetKind

EndpointKind = TypeAliasType("EndpointKind", Annotated[str, OneOf([kind.value for kind in TargetKind])])


class EndpointError(TypedDict):
    """The last failure of an endpoint. It becomes null after a success."""

    event: NotRequired[str]
    message: str
    time: NotRequired[Time]
    url: NotRequired[str]
    code: NotRequired[str]
    statusCode: NotRequired[int]


class Endpoint(TypedDict):
    """A webhook endpoint. Secrets are shown as `******`."""

    id: str
    kind: Annotated[
        EndpointKind,
        Field(description="`endpoint` is made through the API; `global` and `account` are URLs in settings"),
    ]
    url: str | None
    enabled: bool
    created: Time | None
    updated: Time | None
    failingSince: Annotated[Time | None, Field(description="When the current series of failures began")]
    pausedUntil: Annotated[Time | None, Field(description="When a paused endpoint is tried again")]
    lastError: EndpointError | None
    events: NotRequired[list[str]]
    accounts: NotRequired[list[str]]
    metadata: NotRequired[dict[str, str]]
    customHeaders: NotRequired[list[CustomHeader]]
    description: NotRequired[str]
    secret: NotRequired[str]


class MadeEndpoint(Endpoint):
    """A new endpoint with its secret, which is shown only once."""


class DeliveryCounts(TypedDict):
    """The number of deliveries by state."""

    pending: int
    delivered: int
    dead: Annotated[int, Field(description="Deliveries that were given up; they can be replayed")]
    dropped: Annotated[int, Field(description="Deliveries that were no longer wanted when their turn came")]
    replayed: Annotated[int, Field(description="Deliveries that were given up and have been queued again since")]


class EndpointDetails(Endpoint):
    """A webhook endpoint, with the number of its deliveries by state."""

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
    """A new secret. It is shown only once."""

    id: str
    secret: str
    overlap: Annotated[int, Field(description="Seconds for which the old secret also signs")]


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
    status: Annotated[int | None, Field(description="The status of the endpoint's last answer")]
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
    """The result of a replay."""

    success: Annotated[bool, Field(description="The same as `complete`")]
    queued: int
    complete: Annotated[bool, Field(description="False when the database failed on the way: continue with `after`")]
    after: Annotated[int, Field(description="The number of the last event that was examined")]


class Trial(TypedDict):
    """The outcome of a test event."""

    success: bool
    status: Annotated[int | None, Field(description="The status of the endpoint's answer")]
    code: str | None
    message: str
    eventId: str
