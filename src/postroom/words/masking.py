"""The mask that stands for a secret, and userinfo in URLs: masked, taken out, found when it is sent back. Pure."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

__all__ = ["MASK", "has_userinfo", "holds_mask", "masked", "masked_url", "split_userinfo"]

MASK: Final = "******"
_USERINFO: Final = re.compile(r"(?<=://)[^/?#]*(?=@)")


def masked(value: str) -> str:
    """Return the mask for a secret; "" for an empty value, which is no secret."""
    return MASK if value else ""


def has_userinfo(url: str) -> bool:
    """Say whether a URL contains a user name or a password (RFC 3986 section 3.2.1)."""
    return _USERINFO.search(url) is not None


def split_userinfo(url: str) -> tuple[str, tuple[str, str] | None]:
    """Return a URL without its userinfo, and the user name and the password that were in it, decoded."""
    parts = urlsplit(url)
    userinfo, found, host = parts.netloc.rpartition("@")
    if not found:
        return url, None
    user, _, password = userinfo.partition(":")
    return urlunsplit(parts._replace(netloc=host)), (unquote(user), unquote(password))


def masked_url(url: str) -> str:
    """Return a URL in a form that may be shown, with user name and password masked."""
    return _USERINFO.sub(lambda found: ":".join(masked(part) for part in found.group().split(":", 1)), url)


def holds_mask(url: str) -> bool:
    """Say whether a URL contains the mask in place of its user name or password."""
    return any(MASK in part for part in _USERINFO.findall(url))
