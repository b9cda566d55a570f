"""What a try of settings answers."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from postroom.schemas.answers.told import ServerInfo


class Tried(TypedDict):
    """How a try to sign in went."""

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


class Mailbox(TypedDict):
    """A folder."""

    path: str
    name: str
    delimiter: str | None
    parentPath: str
    listed: bool
    subscribed: bool
    noInferiors: bool
    specialUse: NotRequired[str]
    specialUseSource: NotRequired[str]


class Verified(TypedDict, total=False):
    """How the tries went; only what was asked for is there."""

    imap: Tried
    smtp: Tried
    mailboxes: list[Mailbox]
