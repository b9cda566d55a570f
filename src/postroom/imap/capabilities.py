"""Capability sets: the names that a server lists, and those that IMAP4rev2 implies.

Names are kept in upper case and otherwise as the server wrote them (`AUTH=PLAIN`, `LITERAL+`, `APPENDLIMIT=35651584`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from postroom.imap.responses import StatusResponse

__all__ = ["GMAIL", "NO_CAPABILITIES", "REV2_INCLUDES", "capability_set", "supports", "told_capabilities"]

NO_CAPABILITIES: Final[frozenset[str]] = frozenset()

GMAIL: Final = "X-GM-EXT-1"
"""Gmail's own extension: ids of messages and threads, labels, and the search of its web pages."""

REV2_INCLUDES: Final = frozenset(
    {
        "ENABLE",
        "ESEARCH",
        "IDLE",
        "LIST-EXTENDED",
        "LIST-STATUS",
        "LITERAL-",
        "MOVE",
        "NAMESPACE",
        "SASL-IR",
        "SEARCHRES",
        "STATUS=SIZE",
        "UIDPLUS",
        "UNSELECT",
    }
)
"""Extensions that are part of IMAP4rev2 itself (RFC 9051 appendix E), so a server need not list them again."""


def capability_set(names: Iterable[str]) -> frozenset[str]:
    """The names in upper case. Equal sets are one object, because thousands of sessions of one provider share it."""
    return _upper(tuple(names))


@lru_cache(maxsize=512)
def _upper(names: tuple[str, ...]) -> frozenset[str]:
    return _shared(frozenset(name.upper() for name in names))


@lru_cache(maxsize=512)
def _shared(names: frozenset[str]) -> frozenset[str]:
    return names


def supports(capabilities: frozenset[str], name: str) -> bool:
    """Whether the server offers the extension, by name or as a part of IMAP4rev2."""
    if name in capabilities:
        return True
    if name == "LITERAL-" and "LITERAL+" in capabilities:
        return True
    if name == "CONDSTORE" and "QRESYNC" in capabilities:
        return True
    return name in REV2_INCLUDES and "IMAP4REV2" in capabilities


def told_capabilities(response: StatusResponse) -> frozenset[str]:
    """The capabilities in a CAPABILITY code, empty when there is none."""
    if response.code is not None and response.code.name == "CAPABILITY":
        return capability_set(response.code.arguments)
    return NO_CAPABILITIES
