"""The types of requests to add a message to a folder."""

from __future__ import annotations

from typing import Annotated, Any, Final, Required

from pydantic import BeforeValidator, Field, with_config
from pydantic.json_schema import WithJsonSchema
from typing_extensions import TypedDict

from postroom.schemas.fields import AtMost, Moment
from postroom.schemas.requests.mail.changes import MessageFlag
from postroom.schemas.requests.mail.folders import FolderPath
from postroom.schemas.requests.mail.writing import WrittenMessage, whole_message
from postroom.schemas.requests.queries import STRICT

__all__ = ["MAX_RAW", "NewMessage"]

MAX_RAW: Final = 5 * 1024 * 1024
"""The largest message that can be sent as `raw`, in octets."""

_MOST_FLAGS: Final = 100


def _raw(value: object) -> object:
    octets = whole_message(value)
    if octets is not None and len(octets) > MAX_RAW:
        raise ValueError(f"must not be larger than {MAX_RAW} octets when decoded")
    return octets


def _flags(value: object) -> object:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else value


@with_config(STRICT)
class NewMessageHead(TypedDict, total=False):
    """Where a message goes, and as what."""

    path: Annotated[
        Required[FolderPath], Field(description="The folder: a path as listed, or a role such as `\\Drafts`")
    ]
    flags: Annotated[
        list[MessageFlag],
        AtMost(_MOST_FLAGS, "flags"),
        BeforeValidator(_flags),
        Field(description="Flags such as `\\Seen` and `\\Draft`"),
    ]
    internalDate: Annotated[Moment, Field(description="When the message counts as received (now)")]
    raw: Annotated[
        Any,
        BeforeValidator(_raw),
        WithJsonSchema({"type": ["string", "null"], "contentEncoding": "base64"}),
        Field(description="The whole message in base64, up to 5 MB, instead of its fields"),
    ]


@with_config(STRICT)
class NewMessage(NewMessageHead, WrittenMessage, total=False):
    """A message for a folder: its fields, or the whole as `raw`."""
