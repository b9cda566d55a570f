"""Paths of HTTP: a request's as it was sent, and a file's that changes with its content. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

__all__ = ["lasting_path", "sent_path"]

_DIGITS = 12


def sent_path(scope: Mapping[str, Any]) -> str:
    """Return the path of an ASGI request, still percent-encoded: an account's id in it may hold an encoded slash."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def lasting_path(path: str, content: bytes) -> str:
    """Return the path of a file with a query that changes with its content, so that caches may keep it for ever."""
    return f"{path}?v={sha256(content).hexdigest()[:_DIGITS]}"
