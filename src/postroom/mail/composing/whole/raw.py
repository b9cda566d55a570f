"""Makes a message that a caller sends ready for a folder: line ends, and a Message-ID by which it is found. Pure."""

from __future__ import annotations

import re
from typing import Final

from postroom.mail.identity.message_ids import bare_id, message_ids
from postroom.mail.mime.headers import read_headers

__all__ = ["with_message_id"]

_LONE_END: Final = re.compile(rb"\r\n|\r|\n")
_LONGEST_HEAD: Final = 256 * 1024


def with_message_id(raw: bytes, new_id: str) -> tuple[bytes, str]:
    """Return the message with CRLF line ends, and its Message-ID; `new_id` becomes that when it has none."""
    octets = _LONE_END.sub(b"\r\n", raw)
    # A message that begins with an empty line has no header, only a body.
    has_header = not octets.startswith(b"\r\n")
    fields = read_headers(octets[:_LONGEST_HEAD]).get("message-id", []) if has_header else []
    written = fields[0].decode("utf-8", "replace") if fields else ""
    ids = message_ids(written)
    if ids:
        return octets, f"<{ids[0]}>"
    if "@" in bare_id(written):
        # A second Message-ID would be worse than one without brackets.
        return octets, " ".join(written.split())
    return f"Message-ID: {new_id}\r\n".encode("ascii") + octets, new_id
