"""The public ids of messages, attachments and texts: how they are made, and how they are read back. Pure.

Each id is base64url without padding. It begins with the folder's number and the UID, 32 bits each, big-endian.
An attachment id goes on with the part number (`2.1`), a text id with `T` and its part numbers (`T1,2.1`), as ASCII.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_HEAD: Final = struct.Struct(">II")
_PART: Final = r"[1-9]\d{0,9}(?:\.[1-9]\d{0,9})*"
_SECTION: Final = re.compile(_PART)
_SECTIONS: Final = re.compile(rf"T(?:{_PART}(?:,{_PART})*)?")


class NotAnId(ValueError):
    """The text is not an id of the kind that was asked for."""


@dataclass(frozen=True, slots=True)
class MessageId:
    """What a message id says: the folder's number and the UID."""

    number: int
    uid: int


@dataclass(frozen=True, slots=True)
class AttachmentId:
    """What an attachment id says: the message, and the part number as BODY[…] takes it."""

    number: int
    uid: int
    section: str


@dataclass(frozen=True, slots=True)
class TextId:
    """What a text id says: the message, and its parts that are text to read, in order. There may be none."""

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
    """Return the id of the text of a message, which these parts make up."""
    return attachment_id(number, uid, f"T{','.join(sections)}")


def read_message_id(text: str) -> MessageId:
    """Return what a message id says. Raises NotAnId."""
    number, uid, rest = _decode(text, "a message")
    if rest:
        raise NotAnId(f"{_quoted(text)} is not the id of a message")
    return MessageId(number, uid)


def read_attachment_id(text: str) -> AttachmentId:
    """Return what an attachment id says. Raises NotAnId."""
    number, uid, rest = _decode(text, "an attachment")
    if not _SECTION.fullmatch(rest):
        raise NotAnId(f"{_quoted(text)} is not the id of an attachment")
    return AttachmentId(number, uid, rest)


def read_text_id(text: str) -> TextId:
    """Return what a text id says. Raises NotAnId."""
    number, uid, rest = _decode(text, "a text")
    if not _SECTIONS.fullmatch(rest):
        raise NotAnId(f"{_quoted(text)} is not the id of a text")
    return TextId(number, uid, tuple(rest[1:].split(",")) if rest != "T" else ())


def _encode(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _decode(text: str, kind: str) -> tuple[int, int, str]:
    """The folder's number, the UID and the rest. Only the one spelling that `_encode` writes is an id."""
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
    """The text as an error may show it: short, in printable ASCII."""
    return ascii(text if len(text) <= 40 else f"{text[:40]}…")
