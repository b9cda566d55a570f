"""Splits a block of header lines into names and raw values (RFC 5322 section 2.2); skips malformed lines. Pure."""

from __future__ import annotations

import re

_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")


def read_headers(block: bytes) -> dict[str, list[bytes]]:
    """Return the unfolded values by lower-case name, in the order of the block."""
    found: dict[str, list[bytes]] = {}
    for name, value in _FIELD.findall(block.partition(b"\r\n\r\n")[0]):
        found.setdefault(name.decode("ascii").lower(), []).append(_FOLD.sub(b"", value).strip())
    return found
