"""The types of requests for lists of messages: pages of a folder, and searches."""

from __future__ import annotations

from typing import Annotated, Required

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, with_config
from typing_extensions import TypeAliasType, TypedDict

from postroom.mail.shapes import MEMBERS
from postroom.schemas.fields import AnyText, MailboxPath, OneOf, OptionalFlag, OptionalMailboxPath
from postroom.schemas.requests.mail.searches import SearchTerms
from postroom.schemas.requests.queries import QUERY, STRICT, Page, PageSize

__all__ = ["MessagesQuery", "SearchBody", "SearchQuery"]


def _names(sent: object) -> object:
    """Accept both `fields=a,b` and `fields=a&fields=b`."""
    parts = [sent] if isinstance(sent, str) else sent
    if not isinstance(parts, list):
        return parts
    return [name.strip() for part in parts for name in str(part).split(",") if name.strip()]


MessageMember = TypeAliasType("MessageMember", Annotated[str, OneOf(MEMBERS)])
_Cursor = Annotated[AnyText, StringConstraints(max_length=2000)]


class SearchQuery(BaseModel):
    """Which folder to search, and which page of the result to return."""

    model_config = QUERY
    path: OptionalMailboxPath = Field(
        None, description=r"The folder, or a role such as `\Sent`; without it, all folders except Junk and Trash"
    )
    cursor: _Cursor = Field("", description="The `nextPageCursor` or `prevPageCursor` of a page; it overrides `page`")
    page: Page = 0
    page_size: PageSize = Field(20, alias="pageSize")
    fields: Annotated[list[MessageMember], BeforeValidator(_names)] = Field(
        default_factory=list,
        description="Members of the messages to return; repeat it or separate names by commas. By default all",
    )
    document_store: AnyText = Field("", alias="documentStore", description="For older clients; it has no effect")
    outlook_search: AnyText = Field("", alias="useOutlookSearch", description="For older clients; it has no effect")


class MessagesQuery(SearchQuery):
    """Which folder to list, which of its messages, and which page of them to return."""

    path: MailboxPath = Field(examples=["INBOX"], description=r"The folder, or a role such as `\Sent`")
    answered: OptionalFlag = Field(None, description="Only messages that were answered, or were not")
    deleted: OptionalFlag = Field(None, description="Only messages that are marked as deleted, or are not")
    draft: OptionalFlag = Field(None, description="Only drafts, or no drafts")
    flagged: OptionalFlag = Field(None, description="Only messages that are flagged, or are not")
    seen: OptionalFlag = Field(None, description="Only messages that were read, or were not")
    unseen: OptionalFlag = Field(None, description="Only messages that are unread, or are not")


@with_config(STRICT)
class SearchBody(TypedDict, total=False):
    """A search. `path` is the folder if the query does not name one."""

    search: Required[SearchTerms]
    path: OptionalMailboxPath
