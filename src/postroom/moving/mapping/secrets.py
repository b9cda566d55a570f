"""Which secrets of a document are not there: masked by EmailEngine's API, or encrypted in its store. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from postroom.moving.inventory import Document

__all__ = ["ENCRYPTED", "MASKED", "missing"]

MASKED: Final = "masked"
ENCRYPTED: Final = "encrypted"

_MASK: Final = "******"
# An encrypted value names its scheme: $wd01$aes-256-gcm$…
_SCHEME: Final = "$wd01$"


def missing(document: Document) -> list[tuple[str, str]]:
    """Return the dotted path of each secret that is missing, at any depth, with MASKED or ENCRYPTED."""
    return list(_missing(document, ""))


def _missing(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _missing(member, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list | tuple):
        for number, member in enumerate(value):
            yield from _missing(member, f"{path}.{number}")
    elif isinstance(value, str):
        if _MASK in value:
            yield path, MASKED
        elif value.startswith(_SCHEME):
            yield path, ENCRYPTED
