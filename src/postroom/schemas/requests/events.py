"""The types of requests about events."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field
from typing_extensions import TypeAliasType

from postroom.events.types import EVENT_NAMES
from postroom.schemas.fields import OneOf, SearchText
from postroom.schemas.requests.queries import QUERY

MAX_CURSOR = 2**63 - 1


def _names(sent: object) -> object:
    """Accept both `type=a,b` and `type=a&type=b`; an empty value means any type."""
    parts = [sent] if isinstance(sent, str) else sent
    if not isinstance(parts, list):
        return parts
    return [name.strip() for part in parts for name in str(part).split(",") if name.strip()]


Since = Annotated[int, Field(ge=0, le=MAX_CURSOR)]
EventName = TypeAliasType("EventName", Annotated[str, OneOf(EVENT_NAMES)])
EventTypes = Annotated[list[EventName], BeforeValidator(_names)]
OneAccount = Annotated[SearchText, Field(description="Only events of this account")]
Types = Annotated[EventTypes, Field(description="Only events of this type; repeat it or separate types by commas")]


class EventsQuery(BaseModel):
    """Which events to read."""

    model_config = QUERY
    since: Since | None = Field(
        None, description="The `cursor` of the previous page; by default the oldest stored event comes first"
    )
    account: OneAccount = ""
    type: Types = Field(default_factory=list)
    limit: int = Field(100, ge=1, le=1000, description="The most events to return")


class EventStreamQuery(BaseModel):
    """Which events to stream."""

    model_config = QUERY
    since: Since | None = Field(
        None,
        description="The number of the last event seen; by default the stream begins now. `Last-Event-ID` overrides it",
    )
    account: OneAccount = ""
    type: Types = Field(default_factory=list)
