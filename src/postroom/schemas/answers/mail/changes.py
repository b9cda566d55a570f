"""The types of answers to changes, moves and deletions of messages."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypeAlias

from pydantic import Field
from typing_extensions import TypedDict

EmailIds: TypeAlias = Annotated[
    list[str],
    Field(description="The `emailId` of each message in `idMap`, in that order; only where the server has such ids"),
]


class FlagEffect(TypedDict, total=False):
    """Whether each operation took effect, as the mail server told afterwards. `now` are the flags of the message."""

    add: bool
    delete: bool
    set: bool
    now: list[str]


class LabelEffect(TypedDict, total=False):
    """Whether each operation took effect, as the mail server told afterwards. `now` are the labels of the message."""

    add: bool
    delete: bool
    now: list[str]


class MessageChanged(TypedDict, total=False):
    """What a change of a message did."""

    flags: FlagEffect
    labels: LabelEffect


class MessageMovedTo(TypedDict):
    """Where a message is now. `id` and `uid` are left out when the mail server did not tell and they were not found."""

    path: str
    id: NotRequired[str]
    uid: NotRequired[int]


class MovedToTrash(TypedDict):
    """Where a deleted message is kept, and its id there if it is known."""

    destination: str
    message: NotRequired[str]


class MessageDeleted(TypedDict):
    """Whether the message was removed for good; otherwise `moved` tells where it is."""

    deleted: bool
    moved: NotRequired[MovedToTrash]


class MessagesChanged(TypedDict):
    """What a change of many messages did: whether each operation took effect on all of them.

    `found` messages matched the search. `changed` of them were still there after the change.
    """

    found: int
    changed: int
    flags: NotRequired[FlagEffect]
    labels: NotRequired[LabelEffect]


class MessagesMoved(TypedDict):
    """Where messages are now. `idMap` has the ids before and after, as far as the mail server told them.

    `found` messages matched the search.
    """

    path: str
    found: int
    idMap: list[list[str]]
    emailIds: NotRequired[EmailIds]


class MovedAllToTrash(TypedDict):
    """Where deleted messages are kept, and their ids before and after, as far as the mail server told them."""

    destination: str
    idMap: list[list[str]]
    emailIds: NotRequired[EmailIds]


class MessagesDeleted(TypedDict):
    """Whether the messages were removed for good; otherwise `moved` tells where they are.

    `found` messages matched the search.
    """

    deleted: bool
    found: int
    moved: NotRequired[MovedAllToTrash]
