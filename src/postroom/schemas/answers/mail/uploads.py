"""The types of answers to uploads."""

from __future__ import annotations

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict


class UploadReference(TypedDict):
    """What became of the reference. `error` says why it was left out."""

    message: str
    success: bool
    error: NotRequired[str]


class UploadedMessage(TypedDict):
    """The new message. `id`, `uid` and `uidValidity` are missing where the mail server shows none of them."""

    path: str
    messageId: str
    id: NotRequired[str]
    uid: NotRequired[int]
    uidValidity: NotRequired[str]
    seq: NotRequired[
        Annotated[int, Field(description="Its number in the folder, if it was the last message when Postroom looked")]
    ]
    reference: NotRequired[UploadReference]
