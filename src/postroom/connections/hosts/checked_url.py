"""A URL that was parsed once and rebuilt with the checked host. Pure.

URL parsers disagree about odd URLs. So the HTTP client gets a URL built from the checked parts, and must find the same
host in it.
"""

from __future__ import annotations

from dataclasses import InitVar
from typing import Final, final
from urllib.parse import urlsplit, urlunsplit

from postroom.connections.hosts.addresses import AddressPolicy
from postroom.connections.hosts.checked_host import CheckedHost, NotAHost, check_host
from postroom.errors import Permanent
from postroom.footprint.dataclass import dataclass

__all__ = ["PROXY_SCHEMES", "CheckedUrl", "NotAUrl", "check_url"]

PROXY_SCHEMES: Final = ("http", "socks", "socks4", "socks4a", "socks5")
"""The schemes of URLs of proxies."""

_MADE_HERE: Final = object()


class NotAUrl(Permanent):
    """The text is no URL with a host. The message does not repeat the text, because it may hold a password."""

    code = "EINVALIDURL"


@final
@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """A URL that passed `check_url`, which is the only way to make one; `text` contains the checked host."""

    text: str
    scheme: str
    host: CheckedHost
    made_by: InitVar[object]

    def __post_init__(self, made_by: object) -> None:
        if made_by is not _MADE_HERE:
            raise TypeError("only check_url makes a CheckedUrl")


def check_url(text: str, policy: AddressPolicy) -> CheckedUrl:
    """Return a URL, of any scheme, whose host passes `check_host`. Raises NotAUrl, NotAHost, AddressRefused."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise NotAUrl("The URL cannot be read: its host or its port is malformed.") from error
    if not parts.scheme or not parts.hostname:
        raise NotAUrl("The URL has no scheme or no host.")
    if ":" in parts.hostname and "[" not in parts.netloc:
        raise NotAHost(f"{parts.hostname!r} is not a host name")
    host = check_host(parts.hostname, policy)
    userinfo, mark, _ = parts.netloc.rpartition("@")
    netloc = f"{userinfo}{mark}{host}" + ("" if port is None else f":{port}")
    return CheckedUrl(
        urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment)), parts.scheme, host, _MADE_HERE
    )
