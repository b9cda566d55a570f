"""The types of answers of `verifyAccount`."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from postroom.mail.shapes import FolderObject
from postroom.schemas.told import ServerInfo


class Tried(TypedDict):
    """The result of one sign-in."""

    success: bool
    host: str
    port: int
    server: NotRequired[ServerInfo]
    error: NotRequired[str]
    code: NotRequired[str]
    responseText: NotRequired[str]
    phase: NotRequired[str]
    advice: NotRequired[str]
    statusCode: NotRequired[int]


class Verified(TypedDict, total=False):
    """The results of the sign-ins. Only requested parts are present."""

    imap: Tried
    smtp: Tried
    mailboxes: list[FolderObject]
