"""The mask that is shown in place of a secret, and the search for it in what a caller sends back. Pure."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["MASK", "has_userinfo", "holds_mask", "masked", "masked_url"]

MASK: Final = "******"
_USERINFO: Final = re.compile(r"(?<=://)[^/?#]*(?=@)")


def masked(value: str) -> str:
    """Return the mask for a secret; "" for an empty value, which is no secret."""
    return MASK if value else ""


def has_userinfo(url: str) -> bool:
    """Say whether a URL contains a user name or a password (RFC 3986 section 3.2.1)."""
    return _USERINFO.search(url) is not None


def masked_url(url: str) -> str:
    """Return a URL in a form that may be shown, with user name and password masked."""
    return _USERINFO.sub(lambda found: ":".join(masked(part) for part in found.group().split(":", 1)), url)


def holds_mask(url: str) -> bool:
    """Say whether a URL contains the mask in place of its user name or password."""
    return any(MASK in part for part in _USERINFO.findall(url))
