"""The types of requests about messages that were submitted, and about pauses of sending."""

from __future__ import annotations

from typing import Annotated, Literal, Required

from pydantic import BaseModel, BeforeValidator, Field, with_config
from typing_extensions import TypeAliasType, TypedDict

from postroom.schemas.fields import Flag, Moment, SearchText
from postroom.schemas.requests.queries import QUERY, STRICT, Page, PageSize
from postroom.schemas.states import OutboxState

Account = Annotated[SearchText, Field(description="Only messages of this account")]
ResolutionName = TypeAliasType("ResolutionName", Literal["sent", "retry"])


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


class OutboxQuery(BaseModel):
    """Which messages to list, the newest first."""

    model_config = QUERY
    page: Page = 0
    page_size: PageSize = Field(20, alias="pageSize")
    account: Account = ""
    state: Annotated[OutboxState | None, BeforeValidator(_blank_is_none)] = Field(
        None, description="Only messages in this state"
    )
    recipient: SearchText = Field("", description="Only messages with this recipient: the whole address")
    since: Moment = Field(None, description="Only messages submitted at or after this time")
    until: Moment = Field(None, description="Only messages submitted before this time")


class ItemQuery(BaseModel):
    """Whose message it must be."""

    model_config = QUERY
    account: Account = ""


# This form is needed because `as` is a Python keyword.
Resolution = TypedDict(
    "Resolution",
    {
        "as": Annotated[
            Required[ResolutionName],
            Field(description="What to take the unknown outcome for: `sent`, or not sent and so to `retry`"),
        ]
    },
    total=False,
)
with_config(STRICT)(Resolution)


@with_config(STRICT)
class Pause(TypedDict, total=False):
    """Whether nothing is sent for now."""

    paused: Annotated[
        Required[Flag],
        Field(description="True keeps messages back, false sends them"),
    ]
