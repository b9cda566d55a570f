"""Makes a message that a caller sends ready for a folder: line ends, and a Message-ID by which it is found. Pure."""

from __future__ import annotations

import re
from typing import Final

from postroom.mail.composing.replying import message_ids
from postroom.mail.mime.headers import read_headers

__all__ = ["with_message_id"]

_LONE_END: Final = re.compile(rb"\r\n|\r|\n")
_LONGEST_HEAD: Final = 256 * 1024


def with_message_id(raw: bytes, new_id: str) -> tuple[bytes, str]:
    """Return the message with CRLF line ends, and its Message-ID; `new_id` becomes that when it has none."""
    octets = _LONE_END.sub(b"\r\n", raw)
    # A message that begins with an empty line has no header, only a body.
    has_header = not octets.startswith(b"\r\n")
    written = read_headers(octets[:_LONGEST_HEAD]).get("message-id", []) if has_header else []
    found = message_ids(written[0].decode("ascii", "replace")) if written else ()
    if found:
        return octets, found[0]
    return f"Message-ID: {new_id}\r\n".encode("ascii") + octets, new_id
