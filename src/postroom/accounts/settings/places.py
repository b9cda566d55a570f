"""Where a document holds secrets: passwords and tokens, URLs with a password, the values of headers. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from postroom.accounts.settings.shapes import BLOCKS, Document

__all__ = ["HEADERS", "URLS", "secret_places"]

URLS: Final = ("proxy", "webhooks")
HEADERS: Final = "webhooksCustomHeaders"
_SECRETS: Final = ("pass", "accessToken", "refreshToken")


def secret_places(document: Document) -> Iterator[tuple[str, Document, str]]:
    """Yield each password and token in a document: its dotted path, the object that holds it, and its key there."""
    for name in BLOCKS:
        block = document.get(name)
        if not isinstance(block, dict):
            continue
        for prefix, holder in ((name, block), (f"{name}.auth", block.get("auth"))):
            if isinstance(holder, dict):
                for key in _SECRETS:
                    if holder.get(key):
                        yield f"{prefix}.{key}", holder, key
