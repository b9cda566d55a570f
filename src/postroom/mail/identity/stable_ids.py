"""The ids that do not name a place: the stable id of a message, and the id of a thread. Pure.

A stable id begins with its kind and a dot, which no id of a place has:
`e.` and the EMAILID (RFC 8474), `g.` and the X-GM-MSGID, `m.` and 16 characters for Message-ID and size.
The id of a thread is the server's own (THREADID, X-GM-THRID); otherwise `r.` and 11 characters.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import Final

from postroom.footprint.dataclass import dataclass
from postroom.imap.responses import FetchData
from postroom.mail.identity.links import name_of, named_by_server, thread_name
from postroom.mail.ids import NotAnId

__all__ = ["StableId", "looks_stable", "read_stable_id", "read_thread_id", "stable_id", "thread_id"]

_FOUND: Final = struct.Struct(">qI")
_THREAD: Final = struct.Struct(">q")
_OBJECT: Final = re.compile(r"[A-Za-z0-9_-]{1,255}")
_DECIMAL: Final = re.compile(r"[1-9]\d{0,19}")
_MOST: Final = 2**32 - 1


@dataclass(frozen=True, slots=True)
class StableId:
    """The content of a stable id.

    `name` is as in the index. `size` is in octets, None when the id does not depend on it. `email_id` and `gmail` are
    what the server calls the message.
    """

    name: int
    size: int | None = None
    email_id: str | None = None
    gmail: str | None = None


def stable_id(data: FetchData) -> str | None:
    """Return the stable id of a message; None for one without any name, or without the size that its id needs."""
    if data.email_id and _OBJECT.fullmatch(data.email_id):
        return f"e.{data.email_id}"
    if data.gm_msgid is not None:
        return f"g.{data.gm_msgid}"
    name = name_of(data.envelope.message_id if data.envelope is not None else None)
    if name is None or data.size is None:
        return None
    return f"m.{_encode(_FOUND.pack(name, min(data.size, _MOST)))}"


def looks_stable(text: str) -> bool:
    """Whether the text can be a stable id, rather than the id of a place."""
    return text[1:2] == "."


def read_stable_id(text: str) -> StableId:
    """Return the content of a stable id. Raises NotAnId."""
    kind, _, rest = text.partition(".")
    if kind == "e" and _OBJECT.fullmatch(rest):
        return StableId(named_by_server("email", rest), email_id=rest)
    if kind == "g" and _DECIMAL.fullmatch(rest):
        return StableId(named_by_server("gmail", rest), gmail=rest)
    if kind == "m":
        name, size = _FOUND.unpack(_decode(rest, _FOUND.size))
        return StableId(name, size)
    raise NotAnId(f"{text[:40]!a} is not the id of a message")


def thread_id(thread: int) -> str:
    """Return the id of a thread that the index made."""
    return f"r.{_encode(_THREAD.pack(thread))}"


def read_thread_id(text: str) -> int:
    """Return the thread as the index names it. Any text of another form may be an id of the server. Raises NotAnId."""
    if text.startswith("r."):
        return int(_THREAD.unpack(_decode(text[2:], _THREAD.size))[0])
    name = thread_name(text) if _OBJECT.fullmatch(text) else None
    if name is None:
        raise NotAnId(f"{text[:40]!a} is not the id of a thread")
    return name


def _encode(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


def _decode(text: str, length: int) -> bytes:
    """Return the octets. Only the exact spelling of `_encode` is accepted."""
    try:
        octets = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (ValueError, binascii.Error):
        octets = b""
    if len(octets) != length or _encode(octets) != text:
        raise NotAnId(f"{text[:40]!a} is no id")
    return octets
