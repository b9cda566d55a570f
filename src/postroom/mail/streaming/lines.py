"""Cuts octets into whole lines and a rest, for decoders that need whole lines. Pure."""

from __future__ import annotations

from typing import Final

__all__ = ["LONGEST_LINE", "whole_lines"]

LONGEST_LINE: Final = 64 * 1024
"""Octets of an unfinished line that are held. A longer one counts as ended."""


def whole_lines(raw: bytes) -> tuple[bytes, bytes]:
    """Return the octets up to the last line end, and the unfinished line after it."""
    end = max(raw.rfind(b"\n"), raw.rfind(b"\r")) + 1
    if len(raw) - end > LONGEST_LINE:
        end = len(raw)
    return raw[:end], raw[end:]
