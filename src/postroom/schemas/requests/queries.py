"""The queries and the empty body that several requests share, and the strictness of bodies and queries."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

STRICT = ConfigDict(extra="forbid")
QUERY = ConfigDict(extra="forbid", frozen=True)


@with_config(STRICT)
class Nothing(TypedDict):
    """An empty object, or no body at all."""


class NoQuery(BaseModel):
    """No parameters."""

    model_config = QUERY


class AnyQuery(BaseModel):
    """Any parameters, because a browser may bring some."""

    model_config = ConfigDict(extra="ignore", frozen=True)


Page = Annotated[int, Field(ge=0, le=1_048_576, description="Page number, from 0")]
PageSize = Annotated[int, Field(ge=1, le=1000, description="Items per page")]


class PageQuery(BaseModel):
    """Which page of a list."""

    model_config = QUERY
    page: Page = 0
    page_size: PageSize = Field(20, alias="pageSize")
