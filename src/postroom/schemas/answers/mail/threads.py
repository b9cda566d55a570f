"""The types of answers about threads."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from postroom.mail.shapes import AddressObject, MessageObject
from postroom.schemas.told import Time

# This form is needed because `from` is a Python keyword.
ThreadLine = TypedDict(
    "ThreadLine",
    {
        "threadId": str,
        "subject": Annotated[str, Field(description="The subject of the newest message in the folder")],
        "from": NotRequired[AddressObject],
        "date": NotRequired[Time],
        "count": Annotated[int, Field(description="Messages in all folders")],
        "unseen": Annotated[int, Field(description="Messages in this folder that nobody has read")],
        "messages": Annotated[list[str], Field(description="The ids of the messages in all folders")],
    },
)
"""One thread of a list."""


class FolderLeftOut(TypedDict):
    """A folder whose messages are left out, or a part of them."""

    path: str
    reason: str


class ThreadsPage(TypedDict):
    """A page of the threads of a folder. The thread with the newest message is first."""

    total: int
    page: int
    pages: int
    path: str
    threads: list[ThreadLine]
    incomplete: Annotated[list[FolderLeftOut], Field(description="Folders that are not wholly in the answer")]


class Thread(TypedDict):
    """The messages of a thread over all folders, oldest first."""

    threadId: str
    messages: list[MessageObject]
    incomplete: Annotated[list[FolderLeftOut], Field(description="Folders whose messages are left out")]
