"""What a caller wants to add to a folder, and what became of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from typing import Literal

from postroom.footprint.dataclass import dataclass
from postroom.mail.composing.draft import Correspondent, Draft
from postroom.mail.composing.replying import Action

__all__ = ["Referred", "ReferredTo", "StoredMessage", "TakenFile", "Upload", "Uploaded"]


@dataclass(frozen=True, slots=True)
class ReferredTo:
    """The message that a new one answers or forwards, by its id.

    `inline` quotes its text, `with_attachments` takes its attachments over. With `ignore_missing` a message that is not
    there is no error. With `message_id`, with or without angle brackets, only a message that has this Message-ID is
    there.
    """

    message: str
    action: Action
    inline: bool = False
    with_attachments: bool = False
    ignore_missing: bool = False
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class TakenFile:
    """A file of another message, by the id of an `attachment`. What is None is as it is there.

    `disposition` and `cid` are not taken over, because they belong to the text of that message.
    """

    attachment: str
    content_type: str | None = None
    filename: str | None = None
    disposition: Literal["attachment", "inline"] | None = None
    cid: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    r"""A message for a folder: `raw` octets, or a `draft` made for the account's own address.

    `path` may be a role (`\Drafts`). `internal_date` has a time zone. `files` follow those of the draft.
    """

    path: str
    raw: bytes | None = field(default=None, repr=False)
    draft: Callable[[Correspondent], Draft] | None = None
    flags: tuple[str, ...] = ()
    internal_date: datetime | None = None
    reference: ReferredTo | None = None
    files: tuple[TakenFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Referred:
    """What became of a reference; `problem` says why it was left out."""

    message: str
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """Where a message was stored. What is not known for certain is None.

    `seq` is its number in the folder at that moment. `id` stands for the folder and the UID.
    """

    path: str
    uid: int | None = None
    uidvalidity: int | None = None
    id: str | None = None
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The new message: where it is, its Message-ID, and what became of the reference."""

    stored: StoredMessage
    message_id: str
    referred: Referred | None = None
