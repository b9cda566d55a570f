"""Queries: those that several requests share, and those without a module. The strictness of bodies and queries."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, with_config
from typing_extensions import TypedDict

from postroom.statistics.window import LONGEST

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


class StatsQuery(BaseModel):
    """The window in which events are counted."""

    model_config = QUERY
    seconds: int = Field(3600, ge=1, le=LONGEST, description="Seconds until now, up to seven days")
