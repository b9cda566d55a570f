"""The fields of a message that is to be written. Pure."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from typing import Literal

from postroom.footprint.dataclass import dataclass

__all__ = ["Correspondent", "Draft", "Enclosure", "Stamp"]


@dataclass(frozen=True, slots=True)
class Correspondent:
    """One address of a header field; the name may be empty."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file in a message. `content_type` may have parameters; `cid` is what `cid:` links in the HTML name.

    With `disposition` None it is inline when it has a `cid`, and attached otherwise.
    """

    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    filename: str | None = None
    disposition: Literal["attachment", "inline"] | None = None
    cid: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a message says. `message_id`, `in_reply_to` and `references` are ids with their angle brackets.

    `headers` are further fields, as (name, value), in their order. An empty `subject` writes no field.
    """

    sender: Correspondent
    to: tuple[Correspondent, ...] = ()
    cc: tuple[Correspondent, ...] = ()
    bcc: tuple[Correspondent, ...] = ()
    reply_to: tuple[Correspondent, ...] = ()
    subject: str = ""
    text: str | None = None
    html: str | None = None
    enclosures: tuple[Enclosure, ...] = ()
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes a message unlike any other: when it is written, and a random text of letters and digits."""

    date: datetime
    random: str
