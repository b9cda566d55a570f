"""The types of requests that change, move and delete messages."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, StringConstraints, with_config
from typing_extensions import TypedDict

from postroom.mail.limits import LONGEST_FLAG
from postroom.schemas.fields import AtMost, Flag, MailboxPath
from postroom.schemas.requests.mail.searches import SearchTerms
from postroom.schemas.requests.queries import QUERY, STRICT

_MOST: Final = 128
_FLAG: Final = re.compile(r"\\?[!#$&'+,\-./0-9:;<=>?@A-Z\[^_`a-z|}~]+")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")


def _flag(text: str) -> str:
    if not _FLAG.fullmatch(text):
        raise ValueError("must be a flag: ASCII letters, digits and a few signs, no spaces; only the first may be a \\")
    if text.lower() == "\\recent":
        raise ValueError("must not be \\Recent, which only the mail server sets")
    return text


def _label(text: str) -> str:
    if _CONTROLS.search(text) or (text.startswith("\\") and not _FLAG.fullmatch(text)):
        raise ValueError("must be a label: one line, and a \\ at its beginning only for Gmail's own labels")
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


MessageFlag = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_FLAG), AfterValidator(_flag)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_FLAG), AfterValidator(_label)]
Flags = Annotated[list[MessageFlag], BeforeValidator(_as_list), AtMost(_MOST, "flags")]
Labels = Annotated[list[Label], BeforeValidator(_as_list), AtMost(_MOST, "labels")]


@with_config(STRICT)
class FlagChange(TypedDict, total=False):
    """Flags to add and to delete. `set` replaces all flags, and then `add` and `delete` have no effect."""

    add: Flags
    delete: Flags
    set: Flags


@with_config(STRICT)
class LabelChange(TypedDict, total=False):
    """Labels to add and to delete. Only Gmail has labels."""

    add: Labels
    delete: Labels


@with_config(STRICT)
class MessageChange(TypedDict, total=False):
    """What is to change about a message."""

    flags: FlagChange
    labels: LabelChange


@with_config(STRICT)
class MessageMove(TypedDict):
    r"""The folder that messages are moved to: its path, or its role such as `\Archive`."""

    path: MailboxPath


class DeletionQuery(BaseModel):
    """How a message is deleted."""

    model_config = QUERY
    force: Flag = Field(False, description="Remove the message for good, instead of moving it to the trash")


@with_config(STRICT)
class MessagesChange(TypedDict):
    """Which messages of the folder to change, and what. An empty search finds all of them."""

    search: SearchTerms
    update: MessageChange


@with_config(STRICT)
class MessagesMove(TypedDict):
    """Which messages of the folder to move, and where to. An empty search finds all of them."""

    search: SearchTerms
    path: MailboxPath


@with_config(STRICT)
class MessagesDeletion(TypedDict):
    """Which messages of the folder to delete. The search must not be empty."""

    search: SearchTerms


_Folder = Annotated[
    MailboxPath, Field(examples=["INBOX"], description="The folder of the messages: its path, or its role (`\\Sent`)")
]


class FolderOfMessagesQuery(BaseModel):
    """Which folder the messages are in."""

    model_config = QUERY
    path: _Folder


class DeletionsQuery(BaseModel):
    """Which folder the messages are in, and how they are deleted."""

    model_config = QUERY
    path: _Folder
    force: Flag = Field(False, description="Remove the messages for good, instead of moving them to the trash")
