"""What requests about webhook endpoints may hold."""

from __future__ import annotations

from typing import Annotated, Required

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from postroom.schemas.answers.webhooks import DeliveryState
from postroom.schemas.fields import AccountId, AnyText, Flag, Moment, RequiredWebhookUrl, SearchText
from postroom.schemas.requests.accounts import CustomHeaders, Metadata
from postroom.schemas.requests.events import EventTypes, Since
from postroom.schemas.requests.queries import QUERY, STRICT, Page, PageSize
from postroom.schemas.requests.settings import EventFilter

MAX_ACCOUNTS = 1000
MAX_OVERLAP = 30 * 86_400

Secret = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Url = Annotated[RequiredWebhookUrl, Field(description="Where to post; http or https")]


@with_config(STRICT)
class EndpointSettings(TypedDict, total=False):
    """What of an endpoint can be set."""

    events: Annotated[list[EventFilter], Field(description="The events to send; all unless given, or with `*`")]
    accounts: Annotated[
        list[AccountId],
        Field(max_length=MAX_ACCOUNTS, description="Only events of these accounts; of all unless given"),
    ]
    metadata: Annotated[Metadata, Field(description="Only events of accounts that have all of these pairs")]
    enabled: Annotated[Flag, Field(description="Whether anything is sent; what is queued ends when this becomes false")]
    customHeaders: Annotated[CustomHeaders, Field(description="Headers of your own; values are never shown again")]
    description: Annotated[AnyText, Field(max_length=1024, description="What it is for")]


@with_config(STRICT)
class NewEndpointHead(TypedDict):
    """What comes first in an endpoint to make."""

    url: Url


@with_config(STRICT)
class NewEndpoint(NewEndpointHead, EndpointSettings, total=False):
    """An endpoint to make."""

    secret: Annotated[Secret, Field(description="`whsec_` and base64 of 24 to 64 bytes; made unless given")]


@with_config(STRICT)
class EndpointChangeHead(TypedDict, total=False):
    """What comes first in a change of an endpoint."""

    url: Url


@with_config(STRICT)
class EndpointChange(EndpointChangeHead, EndpointSettings, total=False):
    """A change of an endpoint: what is not named stays. Of `global` and `account:ID` only `enabled` can be changed."""


@with_config(STRICT)
class Rotation(TypedDict, total=False):
    """A new secret for an endpoint."""

    overlap: Annotated[
        int, Field(ge=0, le=MAX_OVERLAP, description="Seconds for which the old secret signs too; a day unless given")
    ]
    secret: Annotated[Secret, Field(description="`whsec_` and base64 of 24 to 64 bytes; made unless given")]


def _given(value: object) -> object:
    if value is None or value == "":
        raise ValueError("must be a date in ISO 8601 format")
    return value


@with_config(STRICT)
class Replay(TypedDict, total=False):
    """What of the log to send again."""

    since: Required[Annotated[Moment, BeforeValidator(_given), Field(description="From the events of this time on")]]
    account: Annotated[AccountId | None, Field(description="Only events of this account")]
    types: Annotated[EventTypes, Field(description="Only events of these types; all unless given")]
    after: Annotated[Since, Field(description="Only events with a higher number: where an earlier replay ended")]


@with_config(STRICT)
class Nothing(TypedDict):
    """An empty object, or no body at all."""


class DeliveriesQuery(BaseModel):
    """Which deliveries to list, newest first."""

    model_config = QUERY
    page: Page = 0
    page_size: PageSize = Field(20, alias="pageSize")
    state: DeliveryState | None = Field(None, description="Only deliveries that stand so")
    account: SearchText = Field("", description="Only events of this account")
    event: SearchText = Field("", description="Only events of this type")
