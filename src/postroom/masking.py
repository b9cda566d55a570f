"""The placeholder for a secret: what is shown in its place, and how it is found in what a caller sends back. Pure."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["MASK", "has_userinfo", "holds_mask", "masked", "masked_url"]

MASK: Final = "******"
_USERINFO: Final = re.compile(r"(?<=://)[^/?#]*(?=@)")


def masked(value: str) -> str:
    """Return the placeholder for a secret, and nothing for an empty one: that one is no secret."""
    return MASK if value else ""


def has_userinfo(url: str) -> bool:
    """Say whether a URL holds a user name or a password (RFC 3986 section 3.2.1)."""
    return _USERINFO.search(url) is not None


def masked_url(url: str) -> str:
    """Return a URL as it may be shown: the placeholder in place of the user name, and of the password."""
    return _USERINFO.sub(lambda found: ":".join(masked(part) for part in found.group().split(":", 1)), url)


def holds_mask(url: str) -> bool:
    """Say whether a URL holds the placeholder where the user name or the password belongs."""
    return any(MASK in part for part in _USERINFO.findall(url))
