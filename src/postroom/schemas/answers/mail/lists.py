"""The types of answers with lists of messages."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.mail.shapes import AddressObject, AttachmentObject, TextObject
from postroom.schemas.told import Time

ListedMessage = TypedDict(
    "ListedMessage",
    {
        "id": str,
        "uid": NotRequired[int],
        "path": NotRequired[str],
        "stableId": NotRequired[str],
        "emailId": NotRequired[str],
        "threadId": NotRequired[str],
        "date": NotRequired[Time],
        "flags": NotRequired[list[str]],
        "labels": NotRequired[list[str]],
        "messageSpecialUse": NotRequired[str],
        "flagged": NotRequired[bool],
        "answered": NotRequired[bool],
        "draft": NotRequired[bool],
        "unseen": NotRequired[bool],
        "isAutoReply": NotRequired[bool],
        "isBounce": NotRequired[bool],
        "isComplaint": NotRequired[bool],
        "size": NotRequired[int],
        "subject": NotRequired[str],
        "from": NotRequired[AddressObject],
        "sender": NotRequired[AddressObject],
        "replyTo": NotRequired[list[AddressObject]],
        "to": NotRequired[list[AddressObject]],
        "cc": NotRequired[list[AddressObject]],
        "bcc": NotRequired[list[AddressObject]],
        "messageId": NotRequired[str],
        "inReplyTo": NotRequired[str],
        "attachments": NotRequired[list[AttachmentObject]],
        "text": NotRequired[TextObject],
    },
)
"""A message in a list, with the members that were asked for. Of its text it has the id and the sizes."""


class IncompleteFolder(TypedDict):
    """A folder that is not, or not wholly, in the result."""

    path: str
    reason: str


class MessagesPage(TypedDict):
    """A page of messages, newest first."""

    total: Annotated[int, Field(description="Messages of all pages")]
    page: int
    pages: int
    nextPageCursor: Annotated[str | None, Field(description="The `cursor` of the next page, which is older")]
    prevPageCursor: Annotated[str | None, Field(description="The `cursor` of the page before, which is newer")]
    messages: list[ListedMessage]


class SearchPage(MessagesPage):
    """A page of what a search found."""

    incomplete: NotRequired[
        Annotated[list[IncompleteFolder], Field(description="Folders that are not, or not wholly, in the result")]
    ]
