"""The types of answers to uploads."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class UploadReference(TypedDict):
    """What became of the reference. `error` says why it was left out."""

    message: str
    success: bool
    error: NotRequired[str]


class UploadedMessage(TypedDict):
    """The new message. `id`, `uid` and `uidValidity` are missing where the mail server shows none of them."""

    path: str
    messageId: NotRequired[str]
    id: NotRequired[str]
    uid: NotRequired[int]
    uidValidity: NotRequired[str]
    reference: NotRequired[UploadReference]
