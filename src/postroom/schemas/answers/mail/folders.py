"""The types of answers about folders."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from postroom.mail.shapes import FolderObject


class FolderListing(TypedDict):
    """The folders of an account.

    `stored` is true when the server could not be asked: the folders are then as the last sync saw them, at `storedAt`.
    """

    mailboxes: list[FolderObject]
    stored: NotRequired[bool]
    storedAt: NotRequired[str]


class FolderCreated(TypedDict):
    """The folder. `created` is false when it was there already."""

    path: str
    created: bool
    mailboxId: NotRequired[str]
    subscribed: NotRequired[bool]


class FolderChanged(TypedDict):
    """What became of the folder. `path` is its path before the change."""

    path: str
    newPath: NotRequired[str]
    renamed: NotRequired[bool]
    subscribed: NotRequired[bool]
    mailboxId: NotRequired[str]


class FolderDeleted(TypedDict):
    """The deleted folder."""

    path: str
    deleted: bool
    mailboxId: NotRequired[str]
