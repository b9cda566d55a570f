"""The header fields of an ASGI request. Pure.

Starlette's `request.headers` answers the same. It takes several times as long, and longest for a field that is missing,
which is the usual case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["sent_field"]


def sent_field(scope: Mapping[str, Any], name: bytes) -> str | None:
    """Return the first header field with this name, which must be in small letters; None if there is none."""
    for each, value in scope["headers"]:
        if each == name:
            text: str = value.decode("latin-1")
            return text
    return None
