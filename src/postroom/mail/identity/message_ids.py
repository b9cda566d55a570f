"""Reads message ids from the values of Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4). Pure.

Ids are handled here without their angle brackets. Programs write much beside ids: comments, whole sentences, a date.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["bare_id", "message_ids"]

_MESSAGE_ID: Final = re.compile(r"<\s*([^<>\s]+)\s*>")


def message_ids(text: str) -> list[str]:
    """Return the ids in angle brackets, in their order. Words without brackets may be anything, such as an address."""
    return _MESSAGE_ID.findall(text)


def bare_id(message_id: str | None) -> str:
    """Return the id in a Message-ID field; empty for none. Some programs write no brackets there."""
    if not message_id:
        return ""
    found = _MESSAGE_ID.search(message_id)
    return found[1] if found else message_id.strip().strip("<>").strip()
