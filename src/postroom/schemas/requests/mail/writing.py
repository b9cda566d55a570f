"""What callers say of a message that is to be written: addresses, files, header fields, the message it refers to."""

from __future__ import annotations

import base64
import binascii
import re
from email.utils import getaddresses, parsedate_to_datetime
from io import BytesIO
from typing import Annotated, Any, Final, Literal, Required

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, with_config
from pydantic.json_schema import WithJsonSchema
from typing_extensions import TypeAliasType, TypedDict

from postroom.schemas.fields import AnyText, AtMost, Email, Flag, HeaderName, HeaderValue, ShortText
from postroom.schemas.requests.queries import STRICT

__all__ = [
    "BLANK",
    "Recipient",
    "Recipients",
    "ReferenceTo",
    "UploadedFile",
    "WrittenMessage",
    "whole_message",
]

_MOST_RECIPIENTS: Final = 1000
_MOST_FILES: Final = 200
_LONGEST_TEXT: Final = 5 * 1024 * 1024
_MOST_HEADERS: Final = 100
_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(?:\s*;[^\r\n\0]*)?")
_ID: Final = re.compile(r"[^\s<>\x00-\x1f\x7f-\U0010ffff]{1,250}")
_FOLD: Final = re.compile(r"\r?\n(?=[ \t])")
_BREAK: Final = re.compile(r"[\r\n\0]")
_NOBODY: Final = re.compile(r'[^<>@:;"]*:\s*;?\s*')
"""A group without members, such as `undisclosed-recipients:;`."""
_LONGEST_NAME: Final = 76
_PIECE: Final = 1024 * 1024
"""Characters of base64 that are decoded at once: a multiple of 4."""
_OURS: Final = {
    **{name: f"send it as `{name}`" for name in ("from", "to", "cc", "bcc", "subject")},
    "reply-to": "send it as `replyTo`",
    "message-id": "send it as `messageId`",
    **dict.fromkeys(("mime-version", "content-type", "content-transfer-encoding", "content-disposition"), "it is ours"),
}


def _recipients(value: object) -> object:
    """Take what callers mean by a list of addresses: one address, an object, or a text with several."""
    if value is None or value == "":
        return []
    given = value if isinstance(value, list) else [value]
    return [each for item in given for each in _read(item)]


def _recipient(value: object) -> object:
    found = _recipients(value)
    if isinstance(found, list) and len(found) <= 1:
        return found[0] if found else None
    return value


def _read(item: object) -> list[object]:
    if not isinstance(item, str):
        return [item]
    item = _FOLD.sub("", item)
    if _BREAK.search(item):
        raise ValueError("must not hold a line break or a NUL character")
    if _NOBODY.fullmatch(item):
        return []
    found = [(name, address) for name, address in getaddresses([item]) if address]
    if not found:
        return [{"address": item}]
    return [{"name": name, "address": address} if name else {"address": address} for name, address in found]


def _base64(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    if not isinstance(value, str):
        raise ValueError("must be a text in base64")
    # Each step over a large text is one call that nothing interrupts, and a copy. So it is decoded in pieces.
    text = _without_spaces(value)
    end = max(0, len(text) - _PIECE) + len(text[-_PIECE:].rstrip("="))
    decoded = BytesIO()
    try:
        for at in range(0, end, _PIECE):
            piece = text[at : min(at + _PIECE, end)]
            decoded.write(base64.b64decode(piece + "=" * (-len(piece) % 4), validate=True))
    except (binascii.Error, ValueError):
        raise ValueError("must be in base64") from None
    if text.find("=", 0, end) >= 0:
        raise ValueError("must be in base64")
    return decoded.getvalue()


def _without_spaces(text: str) -> str:
    for each in "\n\r\t ":
        if each in text:
            text = text.replace(each, "")
    return text


def _optional_base64(value: object) -> object:
    return None if value is None else _base64(value)


def _content_type(text: str) -> str:
    if not text.isascii() or not _TYPE.fullmatch(text):
        raise ValueError("must be a type such as text/plain")
    return text


def _id(text: str) -> str:
    bare = text.strip().removeprefix("<").removesuffix(">")
    if not _ID.fullmatch(bare):
        raise ValueError("must be an id of up to 250 ASCII characters without spaces, such as <a@example.com>")
    return bare


def _headers(value: dict[str, str]) -> dict[str, str]:
    """Refuse what would make the message malformed: fields twice, names that fill a line, a date that is none."""
    if any(len(name) > _LONGEST_NAME for name in value):
        raise ValueError(f"must not hold names of more than {_LONGEST_NAME} characters")
    for name, text in value.items():
        if name.lower() in ("date", "resent-date") and not _is_date(text):
            raise ValueError(f"`{name}`: it must be a date such as Fri, 02 Jan 2026 03:04:05 +0100")
    wrong = [f"`{name}`: {_OURS[name.lower()]}" for name in value if name.lower() in _OURS]
    if wrong:
        raise ValueError(f"must not hold {'; '.join(wrong)}")
    if len({name.lower() for name in value}) != len(value):
        raise ValueError("must hold each name once, whatever its capitals")
    return value


def _is_date(text: str) -> bool:
    try:
        return parsedate_to_datetime(text) is not None
    except (ValueError, TypeError, OverflowError):
        return False


def whole_message(value: object) -> bytes | None:
    """Return the octets of a message that is sent as base64; None if there is none. Raises ValueError."""
    if value is None or value == "":
        return None
    octets = _base64(value)
    if not octets or octets.isspace():
        raise ValueError("must hold a message")
    if b"\0" in octets:
        raise ValueError("must not hold NUL octets: no mail server has to take them")
    return octets


def _blank_is_none(value: object) -> object:
    return None if value == "" else value


def _none_is_empty(value: object) -> object:
    return {} if value is None or value == "" else value


def _none_is_no_file(value: object) -> object:
    return [] if value is None or value == "" else value


BLANK: Final = BeforeValidator(_blank_is_none)


@with_config(STRICT)
class Recipient(TypedDict, total=False):
    """An address. A text such as `Jo <jo@example.com>` is taken for one too."""

    name: Annotated[str, StringConstraints(max_length=256)] | None
    address: Required[Email]


@with_config(STRICT)
class UploadedFile(TypedDict, total=False):
    """A file in the message."""

    filename: Annotated[str, StringConstraints(max_length=256)] | None
    contentType: Annotated[
        Annotated[str, StringConstraints(max_length=256), AfterValidator(_content_type)] | None,
        BLANK,
        Field(description="The type of the file (application/octet-stream)"),
    ]
    contentDisposition: Annotated[
        Literal["attachment", "inline"] | None, BLANK, Field(description="`inline` for images in the HTML")
    ]
    cid: Annotated[
        Annotated[str, AfterValidator(_id)] | None,
        BLANK,
        Field(description="The name by which `cid:` links in the HTML refer to it"),
    ]
    encoding: Annotated[Literal["base64"] | None, BLANK, Field(description="The encoding of `content`")]
    content: Annotated[
        Any,
        BeforeValidator(_optional_base64),
        WithJsonSchema({"type": ["string", "null"], "contentEncoding": "base64"}),
        Field(description="The file itself"),
    ]
    reference: Annotated[
        AnyText | None,
        BLANK,
        Field(description="The id of an attachment of another message, which is taken over in place of `content`"),
    ]


WrittenText = Annotated[AnyText, StringConstraints(max_length=_LONGEST_TEXT)]
ActionName = TypeAliasType("ActionName", Literal["reply", "reply-all", "forward"])


@with_config(STRICT)
class ReferenceTo(TypedDict, total=False):
    """The message that the new one answers or forwards."""

    message: Annotated[Required[AnyText], Field(description="The id of that message")]
    action: Annotated[ActionName, Field(description="What the new message is to that one (reply)")]
    inline: Annotated[Flag, Field(description="Quote its text below the new one")]
    forwardAttachments: Annotated[Flag, Field(description="Take its attachments over")]
    ignoreMissing: Annotated[Flag, Field(description="Go on without it if it is not there")]
    messageId: Annotated[
        Annotated[str, AfterValidator(_id)] | None,
        BLANK,
        Field(description="The Message-ID that it must have; with another one it counts as missing"),
    ]


Recipients = Annotated[list[Recipient], AtMost(_MOST_RECIPIENTS, "addresses"), BeforeValidator(_recipients)]


# This form is needed because `from` is a Python keyword.
FromField = TypedDict("FromField", {"from": Annotated[Recipient | None, BeforeValidator(_recipient)]}, total=False)


@with_config(STRICT)
class WrittenMessage(FromField, TypedDict, total=False):
    """The fields of a message that Postroom writes."""

    reference: Annotated[ReferenceTo | None, BLANK, Field(description="The message that this one answers or forwards")]
    to: Recipients
    cc: Recipients
    bcc: Recipients
    replyTo: Recipients
    subject: Annotated[str, StringConstraints(max_length=10_240)] | None
    text: Annotated[WrittenText | None, Field(description="The message as plain text")]
    html: Annotated[WrittenText | None, Field(description="The message as HTML")]
    attachments: Annotated[list[UploadedFile], AtMost(_MOST_FILES, "files"), BeforeValidator(_none_is_no_file)]
    messageId: Annotated[
        Annotated[str, AfterValidator(_id)] | None,
        BLANK,
        Field(description="The Message-ID; one is made otherwise"),
    ]
    headers: Annotated[
        dict[HeaderName, HeaderValue],
        AfterValidator(_headers),
        AtMost(_MOST_HEADERS, "fields"),
        BeforeValidator(_none_is_empty),
        Field(description="Further header fields"),
    ]
    locale: Annotated[ShortText, Field(description="Taken for older clients; it has no effect")]
    tz: Annotated[ShortText, Field(description="Taken for older clients; it has no effect")]
