"""The public ids of messages, attachments and texts: how to write and read them. Pure.

Each id is base64url without padding. It begins with the folder's number and the UID, 32 bits each, big-endian.
In an attachment id the part number follows (`2.1`), in a text id `T` and the part numbers (`T1,2.1`), as ASCII.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterable
from typing import Final

from postroom.footprint.dataclass import dataclass

_HEAD: Final = struct.Struct(">II")
_PART: Final = r"[1-9]\d{0,9}(?:\.[1-9]\d{0,9})*"
_SECTION: Final = re.compile(_PART)
_SECTIONS: Final = re.compile(rf"T(?:{_PART}(?:,{_PART})*)?")


class NotAnId(ValueError):
    """The text is not an id of the expected kind."""


@dataclass(frozen=True, slots=True)
class MessageId:
    """The content of a message id: the folder's number and the UID."""

    number: int
    uid: int


@dataclass(frozen=True, slots=True)
class AttachmentId:
    """The content of an attachment id: the message, and the part number as in BODY[…]."""

    number: int
    uid: int
    section: str


@dataclass(frozen=True, slots=True)
class TextId:
    """The content of a text id: the message, and the part numbers of its text, in order. There may be none."""

    number: int
    uid: int
    sections: tuple[str, ...]


def message_id(number: int, uid: int) -> str:
    """Return the id of a message, 11 characters. `number` is the folder's number."""
    return _encode(_HEAD.pack(number, uid))


def attachment_id(number: int, uid: int, section: str) -> str:
    """Return the id of one part of a message."""
    return _encode(_HEAD.pack(number, uid) + section.encode())


def text_id(number: int, uid: int, sections: Iterable[str]) -> str:
    """Return the id of a message's text, which consists of these parts."""
    return attachment_id(number, uid, f"T{','.join(sections)}")


def read_message_id(text: str) -> MessageId:
    """Return the content of a message id. Raises NotAnId."""
    number, uid, rest = _decode(text, "a message")
    if rest:
        raise NotAnId(f"{_quoted(text)} is not the id of a message")
    return MessageId(number, uid)


def read_attachment_id(text: str) -> AttachmentId:
    """Return the content of an attachment id. Raises NotAnId."""
    number, uid, rest = _decode(text, "an attachment")
    if not _SECTION.fullmatch(rest):
        raise NotAnId(f"{_quoted(text)} is not the id of an attachment")
    return AttachmentId(number, uid, rest)


def read_text_id(text: str) -> TextId:
    """Return the content of a text id. Raises NotAnId."""
    number, uid, rest = _decode(text, "a text")
    if not _SECTIONS.fullmatch(rest):
        raise NotAnId(f"{_quoted(text)} is not the id of a text")
    return TextId(number, uid, tuple(rest[1:].split(",")) if rest != "T" else ())


def _encode(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _decode(text: str, kind: str) -> tuple[int, int, str]:
    """Return the folder's number, the UID and the rest. Only the exact spelling of `_encode` is accepted."""
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        number, uid = _HEAD.unpack_from(octets)
        rest = octets[_HEAD.size :].decode("ascii")
    except (ValueError, binascii.Error, struct.error):
        raise NotAnId(f"{_quoted(text)} is not the id of {kind}") from None
    if not number or not uid or _encode(octets) != text:
        raise NotAnId(f"{_quoted(text)} is not the id of {kind}")
    return number, uid, rest


def _quoted(text: str) -> str:
    """Return the text in a form that is safe in an error: short, in printable ASCII."""
    return ascii(text if len(text) <= 40 else f"{text[:40]}…")
