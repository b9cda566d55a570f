"""The types of answers about logged events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.schemas.told import Time


class LoggedEvent(TypedDict):
    """An event: the members of its webhook, with its number and id."""

    seq: Annotated[int, Field(description="The number in the log; numbers grow, but may have gaps")]
    id: Annotated[str, Field(description="The `webhook-id` of the event's webhooks")]
    serviceUrl: str | None
    account: str
    date: Time
    path: NotRequired[str]
    specialUse: NotRequired[str]
    event: str
    data: Mapping[str, object]


class EventsPage(TypedDict):
    """A page of the log, in order."""

    events: list[LoggedEvent]
    cursor: Annotated[int, Field(description="The `since` of the next page")]
    more: Annotated[bool, Field(description="Whether more events are there already")]
