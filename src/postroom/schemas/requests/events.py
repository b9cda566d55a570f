"""What requests about events may hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field
from typing_extensions import TypeAliasType

from postroom.events.types import EVENT_NAMES
from postroom.schemas.fields import OneOf, SearchText
from postroom.schemas.requests.queries import QUERY

MAX_CURSOR = 2**63 - 1


def _names(sent: object) -> object:
    """Take `type=a,b` and `type=a&type=b` alike; an empty one means any."""
    parts = [sent] if isinstance(sent, str) else sent
    if not isinstance(parts, list):
        return parts
    return [name.strip() for part in parts for name in str(part).split(",") if name.strip()]


Since = Annotated[int, Field(ge=0, le=MAX_CURSOR)]
EventName = TypeAliasType("EventName", Annotated[str, OneOf(EVENT_NAMES)])
EventTypes = Annotated[list[EventName], BeforeValidator(_names)]
OneAccount = Annotated[SearchText, Field(description="Only events of this account")]
Types = Annotated[
    EventTypes, Field(description="Only events of this type; several are repeated or separated by commas")
]


class EventsQuery(BaseModel):
    """Which events to read."""

    model_config = QUERY
    since: Since | None = Field(
        None, description="The `cursor` of the page before; from the oldest event that is kept unless given"
    )
    account: OneAccount = ""
    type: Types = Field(default_factory=list)
    limit: int = Field(100, ge=1, le=1000, description="How many events at most")


class EventStreamQuery(BaseModel):
    """Which events to stream."""

    model_config = QUERY
    since: Since | None = Field(
        None, description="The number of the last event seen; from now on unless given. Last-Event-ID goes before it"
    )
    account: OneAccount = ""
    type: Types = Field(default_factory=list)
