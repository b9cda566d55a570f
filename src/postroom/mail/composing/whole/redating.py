"""Gives a message that is written already another date, and leaves every other octet as it is. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import format_datetime
from typing import Final

__all__ = ["with_date"]

_DATE: Final = re.compile(rb"^date[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
_END_OF_HEAD: Final = re.compile(rb"^\r?\n", re.MULTILINE)


def with_date(raw: bytes, moment: datetime) -> bytes:
    """Return the message with `moment`, which needs a time zone, as its only date.

    The field stays in its place; without one it comes first.
    """
    end = _END_OF_HEAD.search(raw)
    head, body = (raw, b"") if end is None else (raw[: end.start()], raw[end.start() :])
    if not head.endswith(b"\n"):
        head += b"\r\n" if head else b""
    field = f"Date: {format_datetime(moment)}\r\n".encode("ascii")
    first = _DATE.search(head)
    if first is None:
        return field + head + body
    return head[: first.start()] + field + _DATE.sub(b"", head[first.end() :]) + body
