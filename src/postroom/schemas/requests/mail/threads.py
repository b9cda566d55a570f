"""The types of requests for threads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from postroom.schemas.requests.queries import PageQuery


class ThreadsQuery(PageQuery):
    """Which folder, and which page of its threads."""

    path: Annotated[str, Field(min_length=1, max_length=1024, description="The folder, or a role such as `\\Sent`")] = (
        "INBOX"
    )
    page_size: Annotated[int, Field(ge=1, le=100, description="Threads per page")] = Field(20, alias="pageSize")
