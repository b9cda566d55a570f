"""Paths of HTTP: a request's as it was sent, and a file's that changes with its content. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

__all__ = ["lasting_path", "path_for", "sent_path"]

_DIGITS = 12


def sent_path(scope: Mapping[str, Any]) -> str:
    """Return the path of an ASGI request, still percent-encoded: an account's id in it may hold an encoded slash."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.partition(b"?")[0].decode("latin-1")


def lasting_path(path: str, content: bytes) -> str:
    """Return the path of a file with a query that changes with its content, so that caches may keep it for ever."""
    return f"{path}?v={sha256(content).hexdigest()[:_DIGITS]}"


def path_for(path: str, wanted: Mapping[str, str]) -> str:
    """Return a path with these parameters; empty ones are left out."""
    query = urlencode({name: value for name, value in wanted.items() if value})
    return f"{path}?{query}" if query else path
