"""What both transports share: the address and the token, the settings of httpx, and the meaning of its errors."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import httpx

from postroom import __version__
from postroom.client.errors import Unreachable
from postroom.client.retries import Retries
from postroom.words.strangers import Secrets, take_in

__all__ = ["LIMITS", "Connecting", "trusting", "unreachable"]

LIMITS: Final = httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=4.0)
"""Connections are kept for less time than any server keeps them, so a request seldom meets one that was just closed."""

_CONNECT: Final = 10.0
# Raised before a request is sent.
_NOT_BEGUN: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True)
class Connecting:
    """Where the gateway is, with what token, how long to wait for it, and how often to ask.

    `url` is its address, such as `https://postroom.example.com`, with a path if it stands below one. `timeout` is the
    seconds that each answer is awaited.
    """

    url: str
    token: str = field(repr=False)
    timeout: float = 60.0
    retries: Retries = field(default_factory=Retries)

    @classmethod
    def to(cls, url: str, token: str, *, timeout: float, retries: Retries) -> Connecting:
        """Check and return them. Raises ValueError, which repeats neither the token nor a password in the URL."""
        parts = urlsplit(url.strip())
        # Raises ValueError for a port that is none.
        _ = parts.port
        _demand_host(url.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("the URL of Postroom must begin with http:// or https:// and name a host")
        if parts.username is not None or parts.query or parts.fragment:
            raise ValueError("the URL of Postroom must be an address alone: no user, no query, no fragment")
        token = token.strip()
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the token must be ASCII, as it goes into a header")
        return cls(f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/"), token, timeout, retries)

    @property
    def secrets(self) -> Secrets:
        """What must not appear in an error."""
        return Secrets.of(self.token)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every request."""
        sent = {"User-Agent": f"postroom-client/{__version__}", "Accept": "*/*"}
        return {**sent, "Authorization": f"Bearer {self.token}"} if self.token else sent

    def limit(self, timeout: float, silence: float | None = None) -> httpx.Timeout:
        """Return the time limits of a request that needs `timeout` seconds at least, or may be silent so long."""
        most = max(self.timeout, timeout)
        return httpx.Timeout(most, connect=min(self.timeout, _CONNECT), read=silence or most)


def _demand_host(url: str) -> None:
    """Raise ValueError for an address that httpx does not take, or whose host no resolver can look up."""
    try:
        # The resolver encodes a name in this way, and takes no empty or long parts.
        httpx.URL(url).raw_host.decode("ascii").encode("idna")
        _ = httpx.URL(url).host
    except (httpx.InvalidURL, UnicodeError):
        raise ValueError("the URL of Postroom names no host that can be looked up") from None


@cache
def trusting() -> ssl.SSLContext:
    """Return the settings of TLS that trust the usual authorities. To read them takes long, so clients share them."""
    return httpx.create_ssl_context()


def unreachable(error: httpx.HTTPError | httpx.StreamError, label: str, connecting: Connecting) -> Unreachable:
    """Return the error for a request that got no answer, or not all of it."""
    begun = not isinstance(error, _NOT_BEGUN)
    reason = take_in(str(error) or type(error).__name__, connecting.secrets)
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        message = "No answer came in time"
    elif isinstance(error, httpx.ConnectTimeout | httpx.PoolTimeout):
        message = "No connection came about in time"
    else:
        message = f"The connection broke: {reason}" if begun else f"No connection: {reason}"
    advice = " Postroom may have begun, so look before you ask again" if begun else ""
    return Unreachable(f"{message}.{advice}", request=f"{label} at {connecting.url}", was_begun=begun)
