"""Gives text the line ends of mail, CRLF, and finds lines that are too long for it (RFC 5321 section 4.5.3.1.6). Pure.

Messages are large, so what is right already is not copied.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["LONGEST_LINE", "has_long_line", "with_crlf"]

LONGEST_LINE: Final = 998
"""Octets of a line without its end."""

_ANY_END: Final = re.compile(rb"\r\n|\r|\n")


def with_crlf(raw: bytes) -> bytes:
    """Return the text with CRLF in place of every CR, LF and CRLF."""
    ends = raw.count(b"\r\n")
    if ends == raw.count(b"\n") == raw.count(b"\r"):
        return raw
    return raw.replace(b"\n", b"\r\n") if b"\r" not in raw else _ANY_END.sub(b"\r\n", raw)


def has_long_line(raw: bytes, longest: int = LONGEST_LINE) -> bool:
    """Return whether a line of a text with CRLF or LF line ends has more than `longest` octets."""
    at = 0
    while len(raw) - at > longest:
        end = raw.rfind(b"\n", at, at + longest + 2)
        if end < 0 or (end == at + longest + 1 and raw[end - 1 : end] != b"\r"):
            end = raw.rfind(b"\n", at, at + longest + 1)
        if end < 0:
            return True
        at = end + 1
    return False
