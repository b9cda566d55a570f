"""The types of requests for threads."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from postroom.schemas.fields import MailboxPath
from postroom.schemas.requests.queries import PageQuery


class ThreadsQuery(PageQuery):
    """Which folder, and which page of its threads."""

    path: MailboxPath = Field("INBOX", description=r"The folder, or a role such as `\Sent`")
    page_size: Annotated[int, Field(ge=1, le=100, description="Threads per page")] = Field(20, alias="pageSize")
