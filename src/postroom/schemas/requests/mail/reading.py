"""The types of requests for one message or its text: query strings."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, Field

from postroom.mail.shapes import TextKind
from postroom.schemas.fields import AnyText, Flag, OptionalFlag
from postroom.schemas.requests.queries import QUERY

_MOST: Final = 1024 * 1024 * 1024
_WHICH: Final = "The text to read: `plain`, `html`, `*` for both, `new` for what the sender wrote"


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


MaxBytes = Annotated[
    Annotated[int, Field(ge=0, le=_MOST)] | None,
    BeforeValidator(_blank_is_none),
    Field(alias="maxBytes", description="The most bytes of each text, in UTF-8; 0 for no limit of the caller's"),
]
Safe = Annotated[
    Flag,
    Field(
        alias="webSafeHtml",
        description="Make HTML that is safe to show in a page: stands for `textType=*`, `embedAttachedImages` and "
        "`preProcessHtml`, each unless it is sent itself",
    ),
]
Embeds = Annotated[
    OptionalFlag, Field(alias="embedAttachedImages", description="Put attached images into the HTML, as `data:` URLs")
]
Sanitises = Annotated[
    OptionalFlag,
    Field(alias="preProcessHtml", description="Make the HTML safe to show in a page; make HTML if there is none"),
]
Ignored = Annotated[AnyText, Field(alias="documentStore", description="For older clients; it has no effect")]


class MessageQuery(BaseModel):
    """Parameters of reading one message."""

    model_config = QUERY
    max_bytes: MaxBytes = None
    text_type: Annotated[TextKind | None, BeforeValidator(_blank_is_none)] = Field(
        None,
        alias="textType",
        description=f"{_WHICH}. None is read without it",
    )
    web_safe_html: Safe = False
    embed_attached_images: Embeds = None
    pre_process_html: Sanitises = None
    mark_as_seen: Flag = Field(False, alias="markAsSeen", description="Set the flag `\\Seen`; needs the right to write")
    document_store: Ignored = ""


class TextQuery(BaseModel):
    """Parameters of reading the text of a message."""

    model_config = QUERY
    max_bytes: MaxBytes = None
    text_type: Annotated[TextKind, BeforeValidator(lambda value: value or "*")] = Field(
        "*",
        alias="textType",
        description=_WHICH,
    )
    web_safe_html: Safe = False
    embed_attached_images: Embeds = None
    pre_process_html: Sanitises = None
    document_store: Ignored = ""
